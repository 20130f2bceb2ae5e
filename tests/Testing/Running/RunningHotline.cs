using Hotline.Provisioning.Hosts;
using Hotline.Provisioning.Installations;
using Hotline.Simulator;
using Hotline.Testing.Actors;
using Npgsql;

namespace Hotline.Testing.Running;

/// <summary>A whole hotline for a fixture: own databases, keys, accounts and broker names; its services are processes of their own.</summary>
public sealed class RunningHotline : IAsyncDisposable
{
    readonly Dictionary<(string, string), Actor> actors = [];

    RunningHotline(Installation installation) => Installation = installation;

    RunningSimulator? simulator;

    /// <summary>Phones and inbox; only with <see cref="InstallationPlan.SimulateChannels"/>.</summary>
    public RunningSimulator Simulator => simulator ?? throw new InvalidOperationException("The plan simulates no channels.");

    public Installation Installation { get; }

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

    /// <summary>Everything but the services.</summary>
    public static async Task<RunningHotline> PrepareAsync(Func<InstallationPlan, InstallationPlan> adjust, params string[] agencies)
    {
        var servers = await TestServers.StartAsync();
        var (folder, prefix) = TestServers.Place();
        var installation = await Installation.PrepareAsync(adjust(new InstallationPlan
        {
            StateFolder = folder,
            Servers = servers.Addresses,
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
    public async Task<T?> ScalarAsync<T>(string party, string query, params object?[] values)
    {
        await using var connection = await OwnerAsync(party);
        await using var command = Command(connection, query, values);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var actor in actors.Values)
            actor.Dispose();
        await Task.WhenAll(Hosts.Values.Select(h => h.DisposeAsync().AsTask()));
        if (simulator is not null)
            await simulator.DisposeAsync();
        await Installation.DeleteAsync();
    }

    /// <summary>A connection as the owner of the party's database.</summary>
    public async Task<NpgsqlConnection> OwnerAsync(string party)
    {
        var connection = new NpgsqlConnection(Installation.Parties[party].Databases.Owner + ";Pooling=false");
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
