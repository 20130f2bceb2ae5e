// One running hotline: databases, keys, broker names, accounts and settings of its parties. What must stay true: doing
// it again changes nothing that exists. storage.json and the databases belong together: neither is ever made anew for
// the other.
using System.Text.Json;
using Hotline.Handling.Profiles;
using Hotline.Hosting;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Provisioning.Broker;
using Hotline.Provisioning.Hosts;
using Hotline.Provisioning.Servers;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Provisioning.Installations;

/// <summary>One party of an installation.</summary>
public sealed record InstalledParty(string Name, Uri Url, PartyDatabases Databases, HostSettings Settings);

/// <summary>One hotline on a database server and a broker: prepared here, run by <see cref="HostProcess"/>es.</summary>
public sealed class Installation
{
    readonly Dictionary<string, string> brokerPasswords;
    readonly Dictionary<string, int> nodes = [];
    List<DemoAccount> accounts = [];

    Installation(InstallationPlan plan)
    {
        Plan = plan;
        Simulated = plan.SimulateChannels ? SimulatedChannels.Of(plan.StateFolder, plan.AllParties) : null;
        var secrets = plan.AllParties.ToDictionary(party => party, party => PartySecrets.Of(plan.StateFolder, party));
        brokerPasswords = secrets.ToDictionary(pair => pair.Key, pair => pair.Value.Broker);
        Parties = plan.AllParties.ToDictionary(party => party, party => Describe(party, secrets[party]));
    }

    public InstallationPlan Plan { get; }

    /// <summary>Where simulated phones are; null where pages go elsewhere.</summary>
    public SimulatedChannels? Simulated { get; }

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, InstalledParty> Parties { get; }

    public IReadOnlyList<DemoAccount> Accounts => accounts;

    /// <summary>One that was prepared before; looks at nothing and changes nothing.</summary>
    public static Installation Open(InstallationPlan plan) => new(plan) { accounts = [.. DemoAccount.Read(plan.StateFolder)] };

    /// <summary>Makes whatever is missing but the broker's part. The database server must be up.</summary>
    /// <exception cref="ProvisioningException">The folder and the servers do not belong together, or to this environment.</exception>
    public static async Task<Installation> PrepareAsync(InstallationPlan plan, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(plan.StateFolder);
        var installation = new Installation(plan);
        installation.MakeKeys();
        installation.WriteSettings();
        var perParty = installation.Parties.Values.Select(party => installation.PrepareDatabasesAsync(party, cancellation));
        await Task.WhenAll(perParty);
        await installation.ListAgenciesAsync(cancellation);
        await installation.EnrolWitnessesAsync(cancellation);
        await installation.MakeAccountsAsync(cancellation);
        return installation;
    }

    /// <summary>Brings the broker's names, limits, users and permissions up to date. The broker must be up.</summary>
    public async Task ApplyTopologyAsync(CancellationToken cancellation = default)
    {
        using var management = new BrokerManagement(Plan.Servers.Broker);
        await management.ApplyAsync(Plan.Topology, brokerPasswords, cancellation);
        Stamp("broker", BrokerStamp);
    }

    /// <summary>Whether the broker was brought up to date before, as far as can be said without asking it.</summary>
    public bool TopologyIsKnown => IsStamped("broker", BrokerStamp);

    /// <summary>A node of a party, not started yet. The first has the party's address, further ones a free port.</summary>
    public HostProcess Node(string party, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var node = nodes[party] = nodes.GetValueOrDefault(party) + 1;
        var (name, installed) = (node == 1 ? party : $"{party}-{node}", Parties[party]);
        var url = node == 1 ? installed.Url : UrlOf(LoopbackPort.Find());
        WriteSettings(name, installed.Settings with { Url = Text(url) });
        return new HostProcess(name, Plan.Programs.For(party), SettingsFile(name), url, LogFile(name), environment);
    }

    /// <summary>Now by the clock that counts: the hub's database (UTC).</summary>
    public async Task<DateTimeOffset> NowAsync(CancellationToken cancellation = default)
    {
        await using var connection = new NpgsqlConnection(Parties[Contracts.Parties.Hub].Databases.Owner + ";Pooling=false");
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand("select hotline_now()", connection);
        return await command.ExecuteScalarAsync(cancellation) is DateTime now ? new DateTimeOffset(now, TimeSpan.Zero) : throw new InvalidOperationException("The database has no clock.");
    }

    /// <summary>Both copies of a party's key store, as their owner.</summary>
    public KeyStore KeyStoreOf(string party)
    {
        var databases = Parties[party].Databases;
        NpgsqlDataSource Source(string connection) => NpgsqlDataSource.Create(connection + ";Maximum Pool Size=4");
        return new KeyStore(Source(databases.OwnerKeyStore), Source(databases.OwnerKeyStoreCopy), StorageKeys.Load(Parties[party].Settings.KeyFolder));
    }

    /// <summary>Removes databases, broker names and users. For tests.</summary>
    public async Task DeleteAsync(CancellationToken cancellation = default)
    {
        using var management = new BrokerManagement(Plan.Servers.Broker);
        await management.DeleteAsync(Plan.Topology, cancellation);
        foreach (var party in Parties.Values)
            await party.Databases.DeleteAsync(cancellation);
    }

    /// <summary>Where a service listens that is alone on its machine.</summary>
    internal const string EveryAddress = "0.0.0.0";

    string BrokerStamp => $"{Plan.Servers.Broker.Host}:{Plan.Servers.Broker.Port} {Plan.Topology.Definitions().ToJsonString()}";

    void MakeKeys()
    {
        var now = TimeProvider.System.GetUtcNow();
        var directory = File.Exists(Path.Combine(Plan.KeyFolder, DirectoryAuthor.DirectoryFile))
            ? DirectoryAuthor.Open(Plan.KeyFolder)
            : DirectoryAuthor.Create(Plan.KeyFolder, Plan.Environment, now);
        if (directory.Current.Environment != Plan.Environment)
            throw new ProvisioningException($"{Plan.StateFolder} was made for environment {directory.Current.Environment}: start it as such, or choose another folder.");
        foreach (var party in Plan.AllParties)
        {
            var folder = Path.Combine(Plan.KeyFolder, party);
            StorageKeys.Create(folder);
            if (!directory.Current.Parties.Contains(party)) directory.AddParty(party, folder, now);
            PublishLogKeys(directory, party, now);
        }
    }

    /// <summary>The key file of a person who, with another, may say that a party's log begins anew. To be handed over, and kept apart.</summary>
    public string PersonKeyFile(string party, int number) => Path.Combine(Plan.KeyFolder, "persons", $"{party}-{number}.json");

    void PublishLogKeys(DirectoryAuthor directory, string party, DateTimeOffset now)
    {
        string Key(string name, byte type, string file) => NoteKey.Of(name, type, LogKey.LoadOrCreate(file).PublicKey).ToString();
        var folder = Path.Combine(Plan.KeyFolder, party);
        string[] keys =
        [
            Key(party, NoteKey.Log, Path.Combine(folder, LogKey.LogFile)),
            Key(party, NoteKey.Witness, Path.Combine(folder, LogKey.WitnessFile)),
            .. Enumerable.Range(1, Reopening.Persons).Select(n => Key(Reopening.PersonName(party, n), NoteKey.Log, PersonKeyFile(party, n))),
        ];
        if (keys.Except(directory.Current.LogKeysOf(party)).Any()) directory.PublishLogKeys(party, keys, now);
    }

    async Task PrepareDatabasesAsync(InstalledParty party, CancellationToken cancellation)
    {
        if (IsStamped(party.Name, party.Databases.Version) && await party.Databases.AnswerAsync(cancellation)) return;
        await party.Databases.CreateAsync(cancellation);
        Stamp(party.Name, party.Databases.Version);
    }

    /// <summary>Agencies are rows at the hub; those that came with its first migration are there already.</summary>
    async Task ListAgenciesAsync(CancellationToken cancellation)
    {
        var further = Plan.Agencies.Except(InstallationPlan.StandardAgencies).ToList();
        if (further.Count == 0) return;
        await using var connection = new NpgsqlConnection(Parties[Contracts.Parties.Hub].Databases.Owner + ";Pooling=false");
        await connection.OpenAsync(cancellation);
        foreach (var agency in further)
        {
            var profile = AgencyProfile.Load(Parties[agency].Settings.Profile!, agency);
            await using var command = new NpgsqlCommand("insert into agencies (name, name_vi, name_en) values ($1, $2, $3) on conflict do nothing", connection)
            {
                Parameters = { new() { Value = agency }, new() { Value = profile.NameVi }, new() { Value = profile.NameEn } },
            };
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    /// <summary>Each log is enrolled with its witnesses once, when both are new. One that loses its memory later needs a person.</summary>
    async Task EnrolWitnessesAsync(CancellationToken cancellation)
    {
        foreach (var agency in Plan.Agencies)
            foreach (var (witness, log) in new[] { (Contracts.Parties.Hub, agency), (agency, Contracts.Parties.Hub) })
            {
                if (IsStamped($"witness-{witness}-{log}", "enrolled")) continue;
                await using var connection = new NpgsqlConnection(Parties[witness].Databases.Owner + ";Pooling=false");
                await connection.OpenAsync(cancellation);
                await using var batch = new NpgsqlBatch(connection);
                batch.BatchCommands.Add(Enrolment.New($"{log}/1", TimeProvider.System.GetUtcNow(), "provisioning"));
                await batch.ExecuteNonQueryAsync(cancellation);
                Stamp($"witness-{witness}-{log}", "enrolled");
            }
    }

    async Task MakeAccountsAsync(CancellationToken cancellation)
    {
        accounts = [.. DemoAccount.Read(Plan.StateFolder)
            .Select(account => Parties.TryGetValue(account.Service, out var party) ? account with { BaseUrl = party.Url } : account)];
        foreach (var party in Parties.Values)
        {
            var storage = StorageKeys.Load(party.Settings.KeyFolder);
            await DemoAccount.CreateAsync(party.Name, party.Databases, storage, accounts, party.Url, made =>
            {
                accounts.AddRange(made);
                DemoAccount.Write(Plan.StateFolder, accounts);
            }, cancellation);
        }
        DemoAccount.Write(Plan.StateFolder, accounts);
        await Task.WhenAll(Parties.Values.Select(party => DemoDuty.CreateAsync(party, cancellation)));
    }

    InstalledParty Describe(string party, PartySecrets secrets)
    {
        var databases = new PartyDatabases(Plan, party, secrets);
        var port = Plan.Ports.TryGetValue(party, out var given) ? given : LoopbackPort.Find();
        var url = Plan.NamedHosts ? new Uri($"http://{party}:{port}") : UrlOf(port);
        return new InstalledParty(party, url, databases, new HostSettings
        {
            Party = party,
            Environment = Plan.Environment,
            Url = Plan.NamedHosts ? $"http://{EveryAddress}:{port}" : Text(url),
            Database = databases.Application,
            KeyStore = databases.ApplicationKeyStore,
            KeyStoreCopy = databases.ApplicationKeyStoreCopy,
            Broker = Plan.Servers.Broker.Address(Plan.Topology.VirtualHost, Plan.Topology.UserOf(party), secrets.Broker),
            KeyFolder = Path.Combine(Plan.KeyFolder, party),
            KeyDirectory = Path.Combine(Plan.KeyFolder, DirectoryAuthor.DirectoryFile),
            Profile = party == Contracts.Parties.Hub ? null : ProfileOf(party),
            Otlp = Plan.Otlp,
            Channels = Simulated?.For(party, Text(url)),
        });
    }

    string ProfileOf(string party)
    {
        var added = AddedAgencies.ProfileFile(Plan.StateFolder, party);
        return File.Exists(added) ? added : Plan.Programs.ProfileOf(party) ?? throw new ProvisioningException($"{party} has no profile: `hotline agency add {party} --profile FILE`.");
    }

    void WriteSettings()
    {
        foreach (var party in Parties.Values)
            WriteSettings(party.Name, party.Settings);
    }

    void WriteSettings(string name, HostSettings settings) => SecretFile.Write(SettingsFile(name), JsonSerializer.Serialize(settings, HostSettings.Json));

    string SettingsFile(string name) => Path.Combine(Folder.Private(Plan.StateFolder, "hosts"), $"{name}.json");

    string LogFile(string name) => Path.Combine(Folder.Private(Plan.StateFolder, "logs"), $"{name}.log");

    bool IsStamped(string name, string content) => File.Exists(StampFile(name)) && File.ReadAllText(StampFile(name)) == content;

    void Stamp(string name, string content) => File.WriteAllText(StampFile(name), content);

    string StampFile(string name) => Path.Combine(Folder.Private(Plan.StateFolder, "done"), name);

    static Uri UrlOf(int port) => new($"http://127.0.0.1:{port}");

    static string Text(Uri url) => url.AbsoluteUri.TrimEnd('/');
}
