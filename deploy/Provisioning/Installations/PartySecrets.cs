using System.Text.Json;
using Hotline.Provisioning.Servers;

namespace Hotline.Provisioning.Installations;

/// <summary>The passwords that provisioning made for one party: <c>secrets/{party}.json</c>, 0600. Hosts see only their own settings file.</summary>
sealed record PartySecrets(string Owner, string Application, string Broker)
{
    public static PartySecrets Of(string stateFolder, string party)
    {
        var folder = Folder.Private(stateFolder, "secrets");
        var file = Path.Combine(folder, $"{party}.json");
        if (File.Exists(file)) return JsonSerializer.Deserialize<PartySecrets>(File.ReadAllText(file))!;
        var made = new PartySecrets(Password.Create(), Password.Create(), Password.Create());
        SecretFile.Write(file, JsonSerializer.Serialize(made));
        return made;
    }
}

static class Folder
{
    /// <summary>A folder that only we may enter.</summary>
    public static string Private(params string[] path)
    {
        var folder = Path.Combine(path);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }
}
