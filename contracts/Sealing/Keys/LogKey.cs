using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Hotline.Sealing;

/// <summary>
/// A private Ed25519 key (RFC 8032) that signs checkpoints of a party's log, or cosigns those of another's: a JSON file,
/// mode 0600. It seals and opens nothing. The platform has no Ed25519 yet, so the arithmetic is BouncyCastle's.
/// </summary>
public sealed class LogKey
{
    /// <summary>Signs this party's checkpoints.</summary>
    public const string LogFile = "log-key.json";

    /// <summary>Cosigns the checkpoints of others. A key of its own: the signed text does not name its signer.</summary>
    public const string WitnessFile = "witness-key.json";

    public const int PublicKeyBytes = 32;
    public const int SignatureBytes = 64;

    readonly byte[] secret;

    LogKey(byte[] secret)
    {
        this.secret = secret;
        PublicKey = new byte[PublicKeyBytes];
        Ed25519.GeneratePublicKey(secret, 0, PublicKey, 0);
    }

    public byte[] PublicKey { get; }

    /// <summary>Makes the file where it does not exist, and reads it.</summary>
    public static LogKey LoadOrCreate(string file)
    {
        if (!File.Exists(file))
        {
            KeyFiles.MakeFolder(Path.GetDirectoryName(file)!);
            var seed = Base64UrlText.Encode(RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize));
            KeyFiles.Write(file, Encoding.ASCII.GetBytes($$"""{"version":1,"key":"{{seed}}"}""" + "\n"), secret: true, overwrite: false);
        }
        return Load(file);
    }

    /// <exception cref="SealingException"><c>key-file-invalid</c>.</exception>
    public static LogKey Load(string file)
    {
        var json = File.ReadAllBytes(file);
        if (!StrictJson.TryParse(json, out var form, out _) || form.ValueKind != JsonValueKind.Object
            || !form.TryGetProperty("version", out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number) || number != 1
            || !form.TryGetProperty("key", out var key) || key.ValueKind != JsonValueKind.String
            || !Base64UrlText.TryDecode(key.GetString()!, out var seed) || seed.Length != Ed25519.SecretKeySize)
            throw new SealingException(SealingCodes.KeyFileInvalid, Path.GetFileName(file));
        CryptographicOperations.ZeroMemory(json);
        return new LogKey(seed);
    }

    /// <summary>A key that lives in memory only. For tests and exercises.</summary>
    public static LogKey Create() => new(RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize));

    public byte[] Sign(byte[] message)
    {
        var signature = new byte[SignatureBytes];
        Ed25519.Sign(secret, 0, message, 0, message.Length, signature, 0);
        return signature;
    }

    public static bool Verifies(byte[] publicKey, byte[] message, byte[] signature) =>
        publicKey.Length == PublicKeyBytes && signature.Length == SignatureBytes
        && Ed25519.Verify(signature, 0, publicKey, 0, message, 0, message.Length);

    /// <summary>Never the key.</summary>
    public override string ToString() => "[log key]";
}
