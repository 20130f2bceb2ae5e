using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Provisioning.Installations;
using Hotline.Sealing;
using Hotline.Testing.Running;
using Npgsql;

namespace Hotline.Hosting.Tests.Audit;

/// <summary>A copy of a party's database for somebody who owns it to do as he likes with, and the real witnesses to ask afterwards.</summary>
sealed class LogCopy : IAsyncDisposable
{
    static int copies;

    readonly Installation installation;
    readonly string party;
    readonly string name;
    readonly NpgsqlDataSource database;

    LogCopy(Installation installation, string party, string name)
    {
        (this.installation, this.party, this.name) = (installation, party, name);
        database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(installation.Plan.Servers.Database.ConnectionString()) { Database = name }.ConnectionString);
    }

    /// <summary>The party's services must have been stopped.</summary>
    public static async Task<LogCopy> OfAsync(RunningHotline hotline, string party)
    {
        var installation = hotline.Installation;
        var name = $"{installation.Plan.DatabaseOf(party)}_copy{Interlocked.Increment(ref copies)}";
        await AdministerAsync(installation, $"create database {name} template {installation.Plan.DatabaseOf(party)}");
        return new LogCopy(installation, party, name);
    }

    public async Task<int> AttackAsync(string statements)
    {
        await using var command = database.CreateCommand(statements);
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<T> AskAsync<T>(string query)
    {
        await using var command = database.CreateCommand(query);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>As <c>hotline verify log</c> does.</summary>
    /// <param name="askWitnesses">Whether the witnesses can be reached.</param>
    public async Task<Verdict> VerifyAsync(bool askWitnesses = true)
    {
        await using var access = new AuditAccess(installation, party);
        await using var keyStore = installation.KeyStoreOf(party);
        var storage = StorageKeys.Load(installation.Parties[party].Settings.KeyFolder);
        using var keys = new DataKeys(keyStore, storage, TimeProvider.System);
        await using var witness = NpgsqlDataSource.Create(installation.Parties[party == "intake" ? "police" : "intake"].Databases.Owner);
        var witnesses = new Dictionary<string, NpgsqlDataSource>();
        if (askWitnesses)
            witnesses["witness"] = witness;
        return await new LogVerification(party, access.Directory, database, keys, storage).RunAsync(witnesses, null, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        await AdministerAsync(installation, $"drop database {name} with (force)");
    }

    static async Task AdministerAsync(Installation installation, string statement)
    {
        await using var connection = new NpgsqlConnection(installation.Plan.Servers.Database.ConnectionString() + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }
}
