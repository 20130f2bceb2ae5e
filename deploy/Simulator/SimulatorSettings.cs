namespace Hotline.Simulator;

/// <summary>What the simulator is told at start: a JSON file (0600) named by <c>HOTLINE_SIMULATOR</c>.</summary>
/// <param name="Url">Where its gateways and its page listen.</param>
/// <param name="SmtpPort">On 127.0.0.1.</param>
public sealed record SimulatorSettings(string Url, int SmtpPort, IReadOnlyList<SimulatedGateway> Gateways);

/// <param name="Secrets">One for each party that uses it: whose seal holds is the sender.</param>
public sealed record SimulatedGateway(string Name, IReadOnlyDictionary<string, string> Secrets);
