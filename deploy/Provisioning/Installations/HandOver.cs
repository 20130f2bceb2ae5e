// For services that see nothing of the state folder but their own key folder: each in a container, or in a building, of
// its own. What must stay true: a party's folder never holds anything of another party's.
using System.Text.Json;
using Hotline.Hosting;
using Hotline.Provisioning.Servers;
using Hotline.Sealing;

namespace Hotline.Provisioning.Installations;

/// <summary>Lays a party's settings and the public key directory beside its private keys.</summary>
public static class HandOver
{
    public const string SettingsFile = "host.json";
    const string ProfileFile = "profile.json";

    // Apart from the private keys: a host takes every key file beside them for one of its own.
    const string PublicFolder = "public";

    /// <summary>Settings, profile and directory of every party; the settings name the copies.</summary>
    public static void Settings(Installation installation)
    {
        foreach (var party in installation.Parties.Values)
        {
            var folder = party.Settings.KeyFolder;
            if (party.Settings.Profile is { } profile) File.Copy(profile, Path.Combine(folder, ProfileFile), overwrite: true);
            var settings = party.Settings with
            {
                KeyDirectory = Path.Combine(folder, PublicFolder, DirectoryAuthor.DirectoryFile),
                Profile = party.Settings.Profile is null ? null : Path.Combine(folder, ProfileFile),
            };
            SecretFile.Write(Path.Combine(folder, SettingsFile), JsonSerializer.Serialize(settings, HostSettings.Json));
        }
        Directories(installation.Plan);
    }

    /// <summary>The directory as it is now, to every party that was handed one before.</summary>
    public static void Directories(InstallationPlan plan)
    {
        foreach (var party in plan.AllParties)
        {
            var folder = Path.Combine(plan.KeyFolder, party);
            if (!File.Exists(Path.Combine(folder, SettingsFile))) continue;
            var published = Folder.Private(folder, PublicFolder);
            foreach (var file in (string[])[DirectoryAuthor.PinFile, DirectoryAuthor.DirectoryFile])
            {
                // Whole or not at all: a host may be reading it.
                var draft = Path.Combine(published, $"{file}.new");
                File.Copy(Path.Combine(plan.KeyFolder, file), draft, overwrite: true);
                File.Move(draft, Path.Combine(published, file), overwrite: true);
            }
        }
    }
}
