using System.Text;
using System.Text.Json;

namespace Hotline.Sealing;

/// <summary><c>directory.json</c>: <c>{"version": 3, "token": "&lt;JWS&gt;"}</c>. The version beside the token is for people only.</summary>
public static class KeyDirectoryFile
{
    /// <exception cref="SealingException">The file's token is refused, with its code.</exception>
    public static KeyDirectory Load(string path, DirectoryPin pin)
    {
        if (!StrictJson.TryParse(File.ReadAllBytes(path), out var root, out var reason) || root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("token", out var token) || token.ValueKind != JsonValueKind.String)
            throw new SealingException(reason.Length > 0 ? reason : SealingCodes.Malformed, Path.GetFileName(path));
        return KeyDirectory.TryOpen(token.GetString()!, pin, out var code)
            ?? throw new SealingException(code!, Path.GetFileName(path));
    }

    /// <summary>Keeps a directory that arrived, for the next start. Replaces the file at once.</summary>
    public static void Save(string path, KeyDirectory directory) => KeyFiles.Write(path, Encoding.ASCII.GetBytes(
        $$"""{"version":{{directory.Version}},"token":"{{directory.Token}}"}""" + "\n"), secret: false);
}
