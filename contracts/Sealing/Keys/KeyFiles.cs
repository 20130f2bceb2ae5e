using System.Security.Cryptography;
using System.Text.Json;

namespace Hotline.Sealing;

/// <summary>Key files on disk: JWK, mode 0600, written whole or not at all.</summary>
public static class KeyFiles
{
    internal const string Extension = ".jwk";
    const int ThumbprintLength = 43;

    /// <summary>Makes one signing and one encryption key in the folder, as <c>{kid}.jwk</c>.</summary>
    /// <returns>The thumbprints.</returns>
    public static (string SigningKid, string EncryptionKid) Create(string folder) =>
        (Create(folder, KeyUse.Signing).Kid, Create(folder, KeyUse.Encryption).Kid);

    internal static Jwk Create(string folder, KeyUse use)
    {
        var key = Jwk.Create(use);
        MakeFolder(folder);
        Write(Path.Combine(folder, key.Kid + Extension), key.ToJson(), secret: true);
        return key;
    }

    /// <summary>The public halves of all keys in the folder. A party in another building hands over no more than these.</summary>
    internal static IEnumerable<Jwk> ReadPublic(string folder) => !Directory.Exists(folder) ? [] :
        Directory.GetFiles(folder, "*" + Extension).Where(f => IsThumbprint(Path.GetFileNameWithoutExtension(f)))
            .Order(StringComparer.Ordinal).Select(f => Read(f, secret: null).PublicHalf());

    internal static Jwk ReadPrivate(string folder, string kid)
    {
        var key = Read(Path.Combine(folder, kid + Extension), secret: true);
        return key.Kid == kid ? key : throw new SealingException(SealingCodes.KeyFileInvalid, kid + Extension);
    }

    /// <param name="secret">Whether the private half must be there or must not; null where either will do.</param>
    internal static Jwk Read(string file, bool? secret)
    {
        var json = File.ReadAllBytes(file);
        var key = StrictJson.TryParse(json, out var root, out _) && root.ValueKind == JsonValueKind.Object
            ? Jwk.TryRead(root, secret ?? root.TryGetProperty("d", out _)) : null;
        CryptographicOperations.ZeroMemory(json);
        return key ?? throw new SealingException(SealingCodes.KeyFileInvalid, Path.GetFileName(file));
    }

    internal static bool IsThumbprint(string kid) =>
        kid.Length == ThumbprintLength && Base64UrlText.TryDecode(kid, out _);

    internal static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Writes a file at once: a reader sees the old one or the new one, also after a power cut.</summary>
    /// <exception cref="IOException">The file exists and may not be replaced.</exception>
    internal static void Write(string file, ReadOnlySpan<byte> content, bool secret, bool overwrite = true)
    {
        var written = $"{file}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.new";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite
                | (secret ? UnixFileMode.None : UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }
        try
        {
            using (var stream = new FileStream(written, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }
            File.Move(written, file, overwrite);
        }
        catch
        {
            File.Delete(written);
            throw;
        }
    }
}
