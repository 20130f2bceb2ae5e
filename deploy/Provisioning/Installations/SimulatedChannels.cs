using System.Text.Json;
using Hotline.Hosting;
using Hotline.Provisioning.Servers;
using Hotline.Sealing;
using Hotline.Simulator;

namespace Hotline.Provisioning.Installations;

/// <summary>
/// Addresses and secrets of the simulated mail server and gateways of one exercise installation, kept in
/// <c>secrets/simulator.json</c> (0600) so that a second start finds the same.
/// </summary>
public sealed class SimulatedChannels
{
    static readonly string[] Names = ["gateway-1", "gateway-2"];

    readonly string file;

    SimulatedChannels(string file, SimulatorSettings settings) => (this.file, Settings) = (file, settings);

    public SimulatorSettings Settings { get; }

    public Uri Url => new(Settings.Url);

    /// <summary>What was made before, with what is missing for these parties.</summary>
    public static SimulatedChannels Of(string stateFolder, IReadOnlyList<string> parties)
    {
        var file = Path.Combine(Folder.Private(stateFolder, "secrets"), "simulator.json");
        var known = File.Exists(file) ? JsonSerializer.Deserialize<SimulatorSettings>(File.ReadAllText(file), HostSettings.Json) : null;
        var gateways = Names.Select(name => new SimulatedGateway(name, SecretsOf(known?.Gateways.FirstOrDefault(g => g.Name == name), parties)));
        var settings = new SimulatorSettings(
            $"http://127.0.0.1:{LoopbackPort.Prefer(known is null ? null : new Uri(known.Url).Port)}", LoopbackPort.Prefer(known?.SmtpPort), [.. gateways]);
        SecretFile.Write(file, JsonSerializer.Serialize(settings, HostSettings.Json));
        return new SimulatedChannels(file, settings);
    }

    /// <summary>The ways out for a party's pages.</summary>
    public ChannelSettings For(string party, string publicUrl) => new()
    {
        PublicUrl = publicUrl,
        Smtp = new SmtpSettings("127.0.0.1", Settings.SmtpPort, $"{party}@hotline.example", Simulated: true),
        Gateways = [.. Settings.Gateways.Select(g => new GatewaySettings(g.Name, $"{Settings.Url}/{g.Name}", g.Secrets[party], Simulated: true))],
    };

    /// <summary>Starts it as a process of its own; returns when it answers.</summary>
    public async Task<ChildProcess> StartAsync(string stateFolder, CancellationToken cancellation)
    {
        var log = Path.Combine(Folder.Private(stateFolder, "logs"), "simulator.log");
        var process = await ChildProcess.StartAsync(
            ["dotnet", typeof(SimulatorSettings).Assembly.Location], log, AppContext.BaseDirectory,
            environment: new Dictionary<string, string?> { ["HOTLINE_SIMULATOR"] = file, ["ASPNETCORE_URLS"] = null });
        await Readiness.WaitAsync("simulator", process, log, () => LoopbackPort.AnswersAsync(Url.Port, cancellation), cancellation);
        return process;
    }

    static Dictionary<string, string> SecretsOf(SimulatedGateway? known, IReadOnlyList<string> parties) =>
        parties.ToDictionary(party => party, party => known?.Secrets.GetValueOrDefault(party) ?? RequestSeal.NewSecret());
}
