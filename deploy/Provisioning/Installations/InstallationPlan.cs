using Hotline.Contracts;
using Hotline.Provisioning.Broker;
using Hotline.Provisioning.Hosts;
using Hotline.Provisioning.Servers;

namespace Hotline.Provisioning.Installations;

/// <summary>What one running hotline consists of.</summary>
public sealed record InstallationPlan
{
    public static IReadOnlyList<string> StandardAgencies { get; } = ["police", "border-guard", "womens-union", "child-protection"];

    /// <summary>Keys, accounts, settings and logs go here. Absolute.</summary>
    public required string StateFolder { get; init; }

    public required ServerAddresses Servers { get; init; }

    public required HostPrograms Programs { get; init; }

    public IReadOnlyList<string> Agencies { get; init; } = StandardAgencies;

    /// <summary><c>exercise</c> or <c>production</c>; decided at the first start, for good.</summary>
    public string Environment { get; init; } = "exercise";

    /// <summary>Set where several installations live on the same servers; letters and digits.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>By party; a party without one gets a free port.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; init; } = new Dictionary<string, int>();

    /// <summary>
    /// Each service is on a machine named after its party, and listens on all its addresses (containers); else all are on
    /// this one, on loopback.
    /// </summary>
    public bool NamedHosts { get; init; }

    /// <summary>OTLP endpoint that the hosts report to; null = none.</summary>
    public string? Otlp { get; init; }

    /// <summary>Pages go to simulated phones and an inbox, which reach nobody; otherwise to consoles only, until an administrator writes real channels into the settings.</summary>
    public bool SimulateChannels { get; init; }

    public Action<string> Tell { get; init; } = static _ => { };

    public IReadOnlyList<string> AllParties => [Parties.Hub, .. Agencies];

    public Topology Topology => Prefix.Length == 0
        ? new Topology(AllParties)
        : new Topology(AllParties, Prefix, $"{Prefix}-");

    public string DatabaseOf(string party) => Prefix.Length == 0 ? party.Replace('-', '_') : $"{Prefix}_{party.Replace('-', '_')}";

    public string KeyFolder => Path.Combine(StateFolder, "keys");
}
