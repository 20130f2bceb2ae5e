using System.Text.Json;

namespace Hotline.Provisioning.Servers;

/// <summary>What a private server must remember from one start to the next (ports, names, passwords): a JSON file, 0600.</summary>
static class ServerFile
{
    public static T? Read<T>(string path) where T : class =>
        File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllText(path)) : null;

    public static void Write<T>(string path, T content) => SecretFile.Write(path, JsonSerializer.Serialize(content));
}
