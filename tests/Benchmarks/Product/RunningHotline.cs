using System.Text.Json.Nodes;
using Hotline.Benchmarks.Figures;
using Hotline.Provisioning.Hosts;
using Hotline.Provisioning.Installations;
using Hotline.Provisioning.Servers;
using Hotline.Simulator;
using Npgsql;
using OtpNet;

namespace Hotline.Benchmarks.Product;

/// <summary>An installation with its hosts running, and an operator signed in.</summary>
sealed class RunningHotline : IAsyncDisposable
{
    static readonly byte[] CallBody = OperatorClient.Bytes(SampleCall.Body);

    readonly RunningSimulator? simulator;

    RunningHotline(Installation installation, IReadOnlyDictionary<string, HostProcess> hosts, RunningSimulator? simulator) =>
        (Installation, Hosts, this.simulator) = (installation, hosts, simulator);

    public Installation Installation { get; }

    public IReadOnlyDictionary<string, HostProcess> Hosts { get; }

    public OperatorClient Operator { get; private set; } = null!;

    /// <summary>The hub's database, as its owner: to look, not to write.</summary>
    public NpgsqlDataSource Hub { get; private set; } = null!;

    /// <summary>Phones and inbox in this process; only where channels are simulated.</summary>
    public RunningSimulator Simulator => simulator!;

    public static async Task<RunningHotline> StartAsync(PrivateServers servers, string folder, HostPrograms programs, bool simulateChannels, params string[] agencies)
    {
        var plan = new InstallationPlan
        {
            StateFolder = folder,
            Servers = servers.Addresses,
            Programs = programs,
            Agencies = agencies,
            Environment = "production",
            SimulateChannels = simulateChannels,
        };
        var installation = await Installation.PrepareAsync(plan);
        await installation.ApplyTopologyAsync();
        var hosts = plan.AllParties.ToDictionary(p => p, p => installation.Node(p));
        await Task.WhenAll(hosts.Values.Select(h => h.StartAsync()));
        var hotline = new RunningHotline(installation, hosts, installation.Simulated is { } simulated ? await RunningSimulator.StartAsync(simulated.Settings) : null)
        {
            // As the hosts connect: the look for receipts must not read whole tables, or its cost passes for the product's.
            Hub = NpgsqlDataSource.Create(installation.Parties["intake"].Databases.Owner + ";Maximum Pool Size=10;No Reset On Close=true;Options=-c enable_seqscan=off"),
        };
        var account = installation.Accounts.First(a => a is { Service: "intake", Role: "operator" });
        var code = new Totp(Base32Encoding.ToBytes(account.TotpSecret)).ComputeTotp();
        hotline.Operator = await OperatorClient.SignInAsync(account.BaseUrl, account.UserName, account.Password, code);
        return hotline;
    }

    /// <summary>Cases that are ready to be referred, with a file of about two kilobytes.</summary>
    public async Task<Guid[]> PrepareCasesAsync(int count)
    {
        var cases = new Guid[count];
        await Flight.FlyAsync(count, 16, async i =>
        {
            var call = await Operator.CreateAsync("/api/v1/calls", CallBody);
            cases[i] = await Operator.CreateAsync("/api/v1/cases", OperatorClient.Bytes(new JsonObject { ["callId"] = call.ToString() }));
        });
        return cases;
    }

    /// <summary>Presses Refer.</summary>
    public Task<Guid> ReferAsync(Guid caseId, string agency = "police", string urgency = "P1") =>
        Operator.CreateAsync($"/api/v1/cases/{caseId}/referrals", SampleCall.Referral(agency, urgency));

    /// <summary>
    /// Where the time of these referrals went, milliseconds, medians: from the request at the hub to the message opened at
    /// the agency, and from there to the receipt opened at the hub. By the database server's clock, which all share here.
    /// </summary>
    public async Task<(double ToAgency, double BackAtHub)> LegsAsync(Guid[] referrals, string agency = "police")
    {
        await using var there = NpgsqlDataSource.Create(Installation.Parties[agency].Databases.Owner);
        var left = await TimesAsync(Hub, "created_at", referrals);
        var opened = await TimesAsync(there, "received_at", referrals);
        var back = await TimesAsync(Hub, "delivered_at", referrals);
        return (Figure.Percentile(referrals.Select(r => (opened[r] - left[r]).TotalMilliseconds), 50), Figure.Percentile(referrals.Select(r => (back[r] - opened[r]).TotalMilliseconds), 50));
    }

    /// <summary>Waits until nothing of earlier referrals is on its way: no message, no page, no word about one.</summary>
    public async Task QuietAsync(string agency = "police")
    {
        await using var there = NpgsqlDataSource.Create(Installation.Parties[agency].Databases.Owner);
        while (await AnyAsync(Hub, "select exists (select from outbox)")
            || await AnyAsync(there, "select exists (select from outbox) or exists (select from escalations where report_due_at is not null)"))
            await Task.Delay(TimeSpan.FromSeconds(1));
    }

    static async Task<bool> AnyAsync(NpgsqlDataSource database, string question)
    {
        await using var command = database.CreateCommand(question);
        return await command.ExecuteScalarAsync() is true;
    }

    static async Task<Dictionary<Guid, DateTime>> TimesAsync(NpgsqlDataSource database, string column, Guid[] referrals)
    {
        await using var command = database.CreateCommand($"select id, {column} from referrals where id = any($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = referrals });
        await using var reader = await command.ExecuteReaderAsync();
        var times = new Dictionary<Guid, DateTime>();
        while (await reader.ReadAsync())
            times[reader.GetGuid(0)] = reader.GetDateTime(1);
        return times;
    }

    public async ValueTask DisposeAsync()
    {
        Operator.Dispose();
        await Hub.DisposeAsync();
        await Task.WhenAll(Hosts.Values.Select(h => h.DisposeAsync().AsTask()));
        if (simulator is not null)
            await simulator.DisposeAsync();
    }
}
