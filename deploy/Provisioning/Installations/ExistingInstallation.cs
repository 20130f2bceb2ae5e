using System.Text.Json;
using Hotline.Hosting;
using Hotline.Provisioning.Hosts;
using Hotline.Provisioning.Servers;
using Hotline.Sealing;

namespace Hotline.Provisioning.Installations;

/// <summary>The plan of what <c>up</c> has started before, read back from its folder: for commands that work beside it.</summary>
public static class ExistingInstallation
{
    /// <exception cref="ProvisioningException">There is none in the folder.</exception>
    public static InstallationPlan PlanOf(string stateFolder)
    {
        var keys = Path.Combine(stateFolder, "keys");
        if (ServerAddresses.Read(stateFolder) is not { } servers || !File.Exists(Path.Combine(keys, DirectoryAuthor.DirectoryFile)))
            throw new ProvisioningException($"There is no hotline in {stateFolder}: run `hotline up` first.");
        var agencies = AddedAgencies.AllOf(stateFolder);
        var hub = SettingsOf(stateFolder, Contracts.Parties.Hub);
        return new InstallationPlan
        {
            StateFolder = stateFolder,
            Servers = servers,
            Programs = HostPrograms.Find(),
            Agencies = agencies,
            Environment = DirectoryAuthor.Open(keys).Current.Environment,
            NamedHosts = hub is not null && new Uri(hub.Url).Host == Installation.EveryAddress,
            Ports = PortsIn(stateFolder, [Contracts.Parties.Hub, .. agencies]),
        };
    }

    static Dictionary<string, int> PortsIn(string stateFolder, IEnumerable<string> parties)
    {
        var ports = new Dictionary<string, int>();
        foreach (var party in parties)
            if (SettingsOf(stateFolder, party) is { } settings) ports[party] = new Uri(settings.Url).Port;
        return ports;
    }

    static HostSettings? SettingsOf(string stateFolder, string party)
    {
        var file = Path.Combine(stateFolder, "hosts", $"{party}.json");
        return File.Exists(file) ? JsonSerializer.Deserialize<HostSettings>(File.ReadAllText(file), HostSettings.Json) : null;
    }
}
