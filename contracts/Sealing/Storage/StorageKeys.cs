// The key that everything stored hangs on. What must stay true: storage.json is created once, never overwritten and never
// in the database or its backup. Lost, every case is unreadable; leaked together with the database, every case is readable.
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Hotline.Sealing;

/// <summary>
/// One party's keys for what it stores, derived from the secret in <c>storage.json</c> (mode 0600), apart from its transport
/// keys: a transport key never opens anything at rest. Safe for use by several threads.
/// </summary>
public sealed class StorageKeys
{
    public const string FileName = "storage.json";

    /// <summary>How many bits a blind index has where nothing else is configured.</summary>
    public const int DefaultBlindIndexBits = 15;

    const int RootBytes = 32;
    const int MostBlindIndexBits = 24;
    readonly byte[] root;
    readonly ConcurrentDictionary<string, byte[]> derived = new();

    StorageKeys(byte[] root, int blindIndexBits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blindIndexBits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blindIndexBits, MostBlindIndexBits);
        this.root = root;
        BlindIndexBits = blindIndexBits;
    }

    /// <summary>Changing it needs every index computed anew.</summary>
    public int BlindIndexBits { get; }

    /// <summary>Makes the folder's storage.json. Where it exists nothing happens: a second one would destroy everything stored.</summary>
    public static void Create(string folder)
    {
        var file = Path.Combine(folder, FileName);
        if (File.Exists(file))
            return;
        KeyFiles.MakeFolder(folder);
        var secret = Base64UrlText.Encode(RandomNumberGenerator.GetBytes(RootBytes));
        KeyFiles.Write(file, Encoding.ASCII.GetBytes($$"""{"version":1,"key":"{{secret}}"}""" + "\n"), secret: true, overwrite: false);
    }

    /// <exception cref="SealingException"><c>key-file-invalid</c>.</exception>
    public static StorageKeys Load(string folder, int blindIndexBits = DefaultBlindIndexBits)
    {
        var json = File.ReadAllBytes(Path.Combine(folder, FileName));
        if (!StrictJson.TryParse(json, out var form, out _) || form.ValueKind != JsonValueKind.Object
            || !form.TryGetProperty("version", out var version) || version.ValueKind != JsonValueKind.Number
            || !version.TryGetInt32(out var number) || number != 1
            || !form.TryGetProperty("key", out var key) || key.ValueKind != JsonValueKind.String
            || !Base64UrlText.TryDecode(key.GetString()!, out var root) || root.Length != RootBytes)
            throw new SealingException(SealingCodes.KeyFileInvalid, FileName);
        CryptographicOperations.ZeroMemory(json);
        return new StorageKeys(root, blindIndexBits);
    }

    /// <summary>A new key for one case. Store <see cref="Wrap"/> of it apart from the database.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "Callers hold one object for all of a party's storage keys.")]
    public DataKey NewDataKey(Guid id) => new(id, RandomNumberGenerator.GetBytes(Suite.ContentKeyBytes));

    public byte[] Wrap(DataKey key)
    {
        using var gcm = Cipher("wrap");
        return SealedBox.Seal(gcm, key.Key, key.Id.ToByteArray(bigEndian: true));
    }

    /// <exception cref="SealBrokenException">Changed, or wrapped for another id or with another storage key.</exception>
    public DataKey Unwrap(Guid id, byte[] wrapped)
    {
        using var gcm = Cipher("wrap");
        return new DataKey(id, SealedBox.Open(gcm, wrapped, id.ToByteArray(bigEndian: true)));
    }

    /// <summary>Seals what belongs to no case: second factors, data-protection keys.</summary>
    /// <param name="context">Where it is stored, such as <c>accounts/{id}/totp</c>; needed to open it.</param>
    public byte[] SealSecret(ReadOnlySpan<byte> secret, string context)
    {
        using var gcm = Cipher("secret");
        return SealedBox.Seal(gcm, secret, Encoding.UTF8.GetBytes(context));
    }

    /// <exception cref="SealBrokenException">Changed, or sealed in another context or with another storage key.</exception>
    public byte[] OpenSecret(ReadOnlySpan<byte> sealedSecret, string context)
    {
        using var gcm = Cipher("secret");
        return SealedBox.Open(gcm, sealedSecret, Encoding.UTF8.GetBytes(context));
    }

    /// <summary>HMAC-SHA-256 with a key of its own for each purpose.</summary>
    public byte[] Mac(ReadOnlySpan<byte> value, string purpose) => HMACSHA256.HashData(KeyFor("mac/" + purpose), value);

    /// <summary>
    /// Where to look for a value that is stored sealed, such as a phone number. Keyed and so short that many values share an
    /// index: whoever takes the database learns neither the number nor whether two rows have the same one. The caller opens
    /// the candidates and compares.
    /// </summary>
    /// <param name="normalised">The one spelling of the value, such as E.164.</param>
    /// <returns>From 0 up to 2 to the power of <see cref="BlindIndexBits"/>, exclusive.</returns>
    public int BlindIndex(string normalised, string purpose)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(KeyFor("blind/" + purpose), Encoding.UTF8.GetBytes(normalised), hash);
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(hash) >> (32 - BlindIndexBits));
    }

    /// <summary>Never a key.</summary>
    public override string ToString() => "[storage keys]";

    AesGcm Cipher(string purpose) => new(KeyFor(purpose), Suite.TagBytes);

    byte[] KeyFor(string purpose) => derived.GetOrAdd(purpose, static (p, root) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, root, RootBytes, info: Encoding.UTF8.GetBytes("hotline/storage/1/" + p)), root);
}
