// What must stay true: the hosts' role owns nothing, and no party's role can connect to another party's database.
using System.Reflection;
using Hotline.Contracts;
using Hotline.Duty.Ladders;
using Hotline.Handling;
using Hotline.Hosting.Database;
using Hotline.Intake;
using Npgsql;

namespace Hotline.Provisioning.Installations;

/// <summary>A party's databases (cases; wrapped data keys, twice) with their owner's and their application's role.</summary>
public sealed class PartyDatabases
{
    readonly InstallationPlan plan;
    readonly string party;
    readonly PartySecrets secrets;

    internal PartyDatabases(InstallationPlan plan, string party, PartySecrets secrets) =>
        (this.plan, this.party, this.secrets) = (plan, party, secrets);

    string Cases => plan.DatabaseOf(party);

    string KeyStore => $"{Cases}_keystore";

    string KeyStoreCopy => $"{Cases}_keystore_copy";

    string OwnerRole => $"{Cases}_owner";

    internal string ApplicationRole => $"{Cases}_app";

    /// <summary>Of the hosts: neither owner nor superuser.</summary>
    public string Application => Connection(Cases, ApplicationRole, secrets.Application);

    public string ApplicationKeyStore => Connection(KeyStore, ApplicationRole, secrets.Application);

    public string ApplicationKeyStoreCopy => Connection(KeyStoreCopy, ApplicationRole, secrets.Application);

    /// <summary>Of migrations, and of tests that move the clock.</summary>
    public string Owner => Connection(Cases, OwnerRole, secrets.Owner);

    public string OwnerKeyStore => Connection(KeyStore, OwnerRole, secrets.Owner);

    public string OwnerKeyStoreCopy => Connection(KeyStoreCopy, OwnerRole, secrets.Owner);

    /// <summary>Changes with every build that could carry other migrations: while it is the same, there is nothing to do.</summary>
    internal string Version => string.Join('/', Assemblies.Prepend(typeof(Schema).Assembly).Select(assembly => assembly.ManifestModule.ModuleVersionId));

    IReadOnlyList<Assembly> Assemblies => [typeof(DutyPlan).Assembly, party == Parties.Hub ? typeof(IntakeRoutes).Assembly : typeof(AgencyHost).Assembly];

    internal async Task CreateAsync(CancellationToken cancellation)
    {
        await using var administrator = new NpgsqlConnection(plan.Servers.Database.ConnectionString() + ";Pooling=false");
        await administrator.OpenAsync(cancellation);
        await CreateRoleAsync(administrator, OwnerRole, secrets.Owner, cancellation);
        await CreateRoleAsync(administrator, ApplicationRole, secrets.Application, cancellation);
        // Where nothing need outlive a crash (tests), files are copied and not written to the log first: a third of the time.
        var strategy = await ExistsAsync(administrator, "select 1 where current_setting('fsync') = $1", "off", cancellation) ? " strategy file_copy" : "";
        foreach (var database in (string[])[Cases, KeyStore, KeyStoreCopy])
        {
            if (!await ExistsAsync(administrator, "select 1 from pg_database where datname = $1", database, cancellation))
                await RunAsync(administrator, $"create database {database} owner {OwnerRole}{strategy}", cancellation);
            await RunAsync(administrator, $"revoke all on database {database} from public; grant connect on database {database} to {ApplicationRole}", cancellation);
        }
        // DbUp works synchronously; five parties upgrade side by side.
        await Task.Run(() =>
        {
            Schema.Upgrade(Unpooled(Owner), ApplicationRole, plan.Environment == "exercise", Assemblies);
            Schema.UpgradeKeyStore(Unpooled(OwnerKeyStore), ApplicationRole);
            Schema.UpgradeKeyStore(Unpooled(OwnerKeyStoreCopy), ApplicationRole);
        }, cancellation);
    }

    /// <summary>A cheap look whether what the stamp says is there: the host's own way in.</summary>
    internal async Task<bool> AnswerAsync(CancellationToken cancellation)
    {
        try
        {
            await using var connection = new NpgsqlConnection(Unpooled(Application));
            await connection.OpenAsync(cancellation);
            return await ExistsAsync(connection, "select 1 from accounts where user_name <> $1 limit 1", "", cancellation);
        }
        catch (PostgresException)
        {
            return false;
        }
    }

    /// <summary>Removes databases and roles. For tests.</summary>
    public async Task DeleteAsync(CancellationToken cancellation = default)
    {
        await using var administrator = new NpgsqlConnection(plan.Servers.Database.ConnectionString() + ";Pooling=false");
        await administrator.OpenAsync(cancellation);
        foreach (var statement in (string[])
            [$"drop database if exists {Cases} with (force)", $"drop database if exists {KeyStore} with (force)",
             $"drop database if exists {KeyStoreCopy} with (force)",
             $"drop role if exists {ApplicationRole}", $"drop role if exists {OwnerRole}"])
            await RunAsync(administrator, statement, cancellation);
    }

    string Connection(string database, string role, string password) => plan.Servers.Database.ConnectionString(database, role, password);

    static string Unpooled(string connection) => connection + ";Pooling=false";

    static async Task CreateRoleAsync(NpgsqlConnection administrator, string role, string password, CancellationToken cancellation)
    {
        var verb = await ExistsAsync(administrator, "select 1 from pg_roles where rolname = $1", role, cancellation) ? "alter" : "create";
        await RunAsync(administrator, $"{verb} role {role} login nosuperuser nocreatedb nocreaterole password '{password}'", cancellation);
    }

    static async Task<bool> ExistsAsync(NpgsqlConnection connection, string question, string name, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(question, connection) { Parameters = { new() { Value = name } } };
        return await command.ExecuteScalarAsync(cancellation) is not null;
    }

    // Names and passwords are our own: names checked by the plan, passwords letters and digits.
    static async Task RunAsync(NpgsqlConnection connection, string statement, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
