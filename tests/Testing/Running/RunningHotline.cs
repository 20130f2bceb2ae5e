using Hotline.Provisioning.Hosts;
using Hotline.Provisioning.Installations;
using Hotline.Provisioning.Servers;
using Hotline.Simulator;
using Hotline.Testing.Actors;
using Npgsql;

namespace Hotline.Testing.Running;

/// <summary>A whole hotline for a fixture: own databases, keys, accounts and broker names; its services are processes of their own.</summary>
public sealed class RunningHotline : IAsyncDisposable
{
    const string Unkept = ";Pooling=false";
    const string Kept = ";Connection Idle Lifetime=5;Connection Pruning Interval=1";

    /// <summary>Class of the codes of a server that stops or ends a connection (PostgreSQL, appendix A).</summary>
    const string ServerEnds = "57";

    readonly Dictionary<(string, string), Actor> actors = [];
    readonly List<HostProcess> furtherNodes = [];

    RunningHotline(Installation installation) => Installation = installation;

    RunningSimulator? simulator;

    /// <summary>Phones and inbox; only with <see cref="InstallationPlan.SimulateChannels"/>.</summary>
    public RunningSimulator Simulator => simulator ?? throw new InvalidOperationException("The plan simulates no channels.");

    public Installation Installation { get; private set; }

    /// <summary>The first node of each party.</summary>
    public Dictionary<string, HostProcess> Hosts { get; } = [];

    /// <summary>Prepares and starts the hub and these agencies (none named: the standard four).</summary>
    public static Task<RunningHotline> StartAsync(params string[] agencies) => StartAsync(plan => plan, agencies);

    /// <param name="adjust">Changes the plan before anything is made, for example to <c>production</c>.</param>
    public static async Task<RunningHotline> StartAsync(Func<InstallationPlan, InstallationPlan> adjust, params string[] agencies)
    {
        var hotline = await PrepareAsync(adjust, agencies);
        await Task.WhenAll(hotline.Installation.Parties.Keys.Select(hotline.StartHostAsync));
        return hotline;
    }

    /// <summary>On servers of the fixture's own.</summary>
    public static async Task<RunningHotline> StartAsync(OwnServers own, Func<InstallationPlan, InstallationPlan> adjust, params string[] agencies)
    {
        var hotline = await PrepareAsync(own.Servers.Addresses, own.StateFolder, "own", adjust, agencies);
        await Task.WhenAll(hotline.Installation.Parties.Keys.Select(hotline.StartHostAsync));
        return hotline;
    }

    /// <summary>Everything but the services.</summary>
    public static async Task<RunningHotline> PrepareAsync(Func<InstallationPlan, InstallationPlan> adjust, params string[] agencies)
    {
        var servers = await TestServers.StartAsync();
        var (folder, prefix) = TestServers.Place();
        return await PrepareAsync(servers.Addresses, folder, prefix, adjust, agencies);
    }

    static async Task<RunningHotline> PrepareAsync(
        ServerAddresses servers, string folder, string prefix, Func<InstallationPlan, InstallationPlan> adjust, string[] agencies)
    {
        var installation = await Installation.PrepareAsync(adjust(new InstallationPlan
        {
            StateFolder = folder,
            Servers = servers,
            Programs = HostPrograms.Find(),
            Agencies = agencies.Length == 0 ? InstallationPlan.StandardAgencies : agencies,
            Prefix = prefix,
        }));
        await installation.ApplyTopologyAsync();
        return new RunningHotline(installation)
        {
            simulator = installation.Simulated is { } simulated ? await RunningSimulator.StartAsync(simulated.Settings) : null,
        };
    }

    public async Task StartHostAsync(string party)
    {
        var host = Installation.Node(party);
        lock (Hosts)
            Hosts[party] = host;
        await host.StartAsync();
    }

    /// <summary>A further agency joins while the others run: a profile, keys, databases, a broker user, and no code.</summary>
    public async Task AddAgencyAsync(string agency, string profile)
    {
        var plan = Installation.Plan;
        AddedAgencies.Add(plan.StateFolder, agency, profile);
        Installation = await Installation.PrepareAsync(plan with
        {
            Agencies = [.. plan.Agencies, agency],
            Ports = Installation.Parties.ToDictionary(p => p.Key, p => p.Value.Url.Port),
        });
        await Installation.ApplyTopologyAsync();
        await StartHostAsync(agency);
    }

    /// <summary>Copies a party's database of cases as it is now. Its services must be down.</summary>
    public async Task BackUpAsync(string party)
    {
        // Nobody may be connected to what is copied.
        NpgsqlConnection.ClearAllPools();
        await AsAdministratorAsync($"create database {Installation.Plan.DatabaseOf(party)}_backup template {Installation.Plan.DatabaseOf(party)}");
    }

    /// <summary>
    /// Brings the copy back in place of the database, and tells the party so as <c>hotline restore</c> does. The key
    /// store is another database, and stays as it is. The party's services must be down.
    /// </summary>
    public async Task RestoreAsync(string party)
    {
        var database = Installation.Plan.DatabaseOf(party);
        var (owner, ahead) = (
            await ScalarAsync<string>(party, "select current_user::text"),
            await ScalarAsync<TimeSpan>(party, "select ahead from exercise_clock"));
        await AsAdministratorAsync($"drop database {database} with (force)");
        await AsAdministratorAsync($"create database {database} template {database}_backup owner {owner}");
        await AsAdministratorAsync($"drop database {database}_backup");
        // Time went on meanwhile.
        await ExecuteAsync(party, "update exercise_clock set ahead = $1", ahead);
        await ExecuteAsync(party, "update party_state set epoch = epoch + 1, restored_at = hotline_now(), restated_at = null, inventory_due_at = null");
    }

    /// <summary>A second node of a party, beside the first.</summary>
    public async Task<HostProcess> StartFurtherNodeAsync(string party)
    {
        var node = Installation.Node(party);
        furtherNodes.Add(node);
        await node.StartAsync();
        return node;
    }

    public Task<Actor> AsOperator() => AsAsync("intake", "operator");

    public Task<Actor> AsSupervisor() => AsAsync("intake", "supervisor");

    public Task<Actor> AsAdministrator(string party = "intake") => AsAsync(party, "administrator");

    public Task<Actor> AsDutyOfficer(string agency) => AsAsync(agency, "dutyOfficer");

    public Task<Actor> AsFocalPoint(string agency) => AsAsync(agency, "focalPoint");

    /// <summary>Somebody who has not signed in.</summary>
    public Actor AsAnyone(string party) => new(Hosts[party].Url, null);

    /// <summary>The demo account of that role, signed in; one session per fixture.</summary>
    public async Task<Actor> AsAsync(string party, string role)
    {
        if (actors.TryGetValue((party, role), out var known))
            return known;
        var account = Installation.Accounts.First(a => a.Service == party && a.Role == role);
        return actors[(party, role)] = await Actor.SignInAsync(Hosts[party].Url, account.UserName, account.Password, account.TotpSecret);
    }

    /// <summary>Moves the database clock of all parties.</summary>
    public async Task FastForwardAsync(TimeSpan by)
    {
        foreach (var party in Installation.Parties.Keys)
            await ExecuteAsync(party, "update exercise_clock set ahead = ahead + $1", by);
        // DatabaseClock asks again after a second.
        await Task.Delay(TimeSpan.FromMilliseconds(1100));
    }

    /// <summary>As the owner of the party's database.</summary>
    public async Task<int> ExecuteAsync(string party, string statement, params object?[] values)
    {
        await using var connection = await OwnerAsync(party);
        await using var command = Command(connection, statement, values);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of the first row, as the owner of the party's database; default where there is none.</summary>
    /// <remarks>Who waits for something asks often: the connection is kept, until the server ends it or nobody asks.</remarks>
    public async Task<T?> ScalarAsync<T>(string party, string query, params object?[] values)
    {
        try
        {
            return await AskAsync(Kept);
        }
        catch (NpgsqlException ended) when (ended is not PostgresException answer || answer.SqlState.StartsWith(ServerEnds, StringComparison.Ordinal))
        {
            return await AskAsync(Unkept);
        }

        async Task<T?> AskAsync(string how)
        {
            await using var connection = await ConnectAsync(party, how);
            await using var command = Command(connection, query, values);
            return await command.ExecuteScalarAsync() is T value ? value : default;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var actor in actors.Values)
            actor.Dispose();
        await Task.WhenAll(Hosts.Values.Concat(furtherNodes).Select(h => h.DisposeAsync().AsTask()));
        if (simulator is not null)
            await simulator.DisposeAsync();
        await Installation.DeleteAsync();
    }

    async Task AsAdministratorAsync(string statement)
    {
        await using var connection = new NpgsqlConnection(Installation.Plan.Servers.Database.ConnectionString() + Unkept);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A connection as the owner of the party's database.</summary>
    public Task<NpgsqlConnection> OwnerAsync(string party) => ConnectAsync(party, Unkept);

    async Task<NpgsqlConnection> ConnectAsync(string party, string how)
    {
        var connection = new NpgsqlConnection(Installation.Parties[party].Databases.Owner + how);
        await connection.OpenAsync();
        return connection;
    }

    static NpgsqlCommand Command(NpgsqlConnection connection, string text, object?[] values)
    {
        var command = new NpgsqlCommand(text, connection);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }
}
