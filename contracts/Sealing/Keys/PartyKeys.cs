using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Hotline.Sealing;

/// <summary>
/// The private transport keys of one party: a folder of <c>{kid}.jwk</c> files, mode 0600. Which of them is in use says the
/// key directory alone. Safe for use by several threads.
/// </summary>
public sealed class PartyKeys
{
    readonly string folder;
    readonly Lock reloading = new();
    volatile Snapshot current;

    PartyKeys(string folder)
    {
        this.folder = folder;
        current = new Snapshot("", FrozenDictionary<string, PrivateKey>.Empty);
        Reload();
    }

    /// <exception cref="SealingException"><c>key-file-invalid</c>: a file is no private P-256 key, or not named for its thumbprint.</exception>
    public static PartyKeys Load(string folder) => new(folder);

    /// <summary>Takes up new files and forgets keys whose file is gone. Costs one directory listing where nothing changed.</summary>
    /// <exception cref="SealingException">See <see cref="Load"/>; the keys held so far stay in use.</exception>
    public void Reload()
    {
        lock (reloading)
        {
            var files = new DirectoryInfo(folder).GetFiles("*" + KeyFiles.Extension).OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
            var stamp = string.Join('\n', files.Select(f => $"{f.Name} {f.LastWriteTimeUtc.Ticks} {f.Length}"));
            if (stamp == current.Stamp)
                return;

            var keys = new Dictionary<string, PrivateKey>();
            foreach (var kid in files.Select(f => Path.GetFileNameWithoutExtension(f.Name)).Where(KeyFiles.IsThumbprint))
                keys[kid] = current.Keys.GetValueOrDefault(kid) ?? new PrivateKey(KeyFiles.ReadPrivate(folder, kid));
            current = new Snapshot(stamp, keys.ToFrozenDictionary());
        }
    }

    internal PrivateKey? Find(string kid) => current.Keys.GetValueOrDefault(kid);

    /// <summary>Finds a key that the directory names; looks at the folder again before saying no.</summary>
    internal PrivateKey? FindOrReload(string kid)
    {
        if (Find(kid) is { } key)
            return key;
        Reload();
        return Find(kid);
    }

    sealed record Snapshot(string Stamp, FrozenDictionary<string, PrivateKey> Keys);
}

/// <summary>A private key ready for use.</summary>
sealed class PrivateKey
{
    internal PrivateKey(Jwk key, string type = Suite.SignedType)
    {
        Kid = key.Kid;
        Use = key.Use;
        Signers = new KeyPool<ECDsa>(() => ECDsa.Create(key.Parameters()));
        Agreements = new KeyPool<AgreementKey>(() => AgreementKey.Import(key.Parameters()));
        EncodedHeader = Encoding.ASCII.GetBytes(Base64UrlText.Encode(
            Encoding.ASCII.GetBytes($$"""{"alg":"{{Suite.Signature}}","kid":"{{key.Kid}}","typ":"{{type}}"}""")));
    }

    internal string Kid { get; }

    internal KeyUse Use { get; }

    internal KeyPool<ECDsa> Signers { get; }

    internal KeyPool<AgreementKey> Agreements { get; }

    /// <summary>The protected header of what this key signs, base64url.</summary>
    internal byte[] EncodedHeader { get; }
}
