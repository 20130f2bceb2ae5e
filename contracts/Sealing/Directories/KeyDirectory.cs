// The list of everybody's public keys. What must stay true: nothing in it is believed before the pinned key's signature has
// been checked, and every kid belongs to one party. Otherwise one party could sign in another's name.
using System.Collections.Frozen;
using System.Text;

namespace Hotline.Sealing;

/// <summary>The signed list of all parties' public keys (protocol.md, "Keys"). Immutable; all times UTC.</summary>
public sealed class KeyDirectory
{
    readonly FrozenDictionary<string, PublicKey> keys;

    internal KeyDirectory(DirectoryContent content, string token)
    {
        Content = content;
        Token = token;
        Parties = [.. content.Parties.Keys.Order(StringComparer.Ordinal)];
        keys = content.Parties.SelectMany(p => p.Value).ToFrozenDictionary(k => k.Kid);
    }

    /// <summary>Rises by one with every change.</summary>
    public int Version => Content.Version;

    public DateTimeOffset Issued => Content.Issued;

    /// <summary>When the directory should have been replaced: alarm 14 days before. The keys in it stay in use after it.</summary>
    public DateTimeOffset Expires => Content.Expires;

    /// <summary><c>production</c> or <c>exercise</c>.</summary>
    public string Environment => Content.Environment;

    /// <summary>Always <see cref="Suite.Name"/>; a directory of another suite does not open.</summary>
    public string Suite => Content.Suite;

    public IReadOnlyCollection<string> Parties { get; }

    /// <summary>The directory as it travels: compact JWS.</summary>
    public string Token { get; }

    internal DirectoryContent Content { get; }

    /// <summary>Opens a directory. Whether it is newer than the one in use is for <see cref="Envelope.TryAdopt(KeyDirectory, out string?)"/>.</summary>
    /// <param name="token">Compact JWS with <c>typ</c> <c>hotline+directory</c>.</param>
    /// <param name="code">Why not; null where it opened.</param>
    public static KeyDirectory? TryOpen(string token, DirectoryPin pin, out string? code)
    {
        code = SealingCodes.TooLarge;
        if (token.Length > Sealing.Suite.LargestToken)
            return null;
        var jws = Jws.TryRead(Encoding.UTF8.GetBytes(token), HeaderRules.Directory, out code);
        if (jws is null)
            return null;
        if (jws.Header.Kid != pin.Kid)
            code = SealingCodes.UnknownDirectoryKey;
        else if (!jws.IsSignedBy(pin.Key))
            code = SealingCodes.BadSignature;
        else if (DirectoryContent.TryRead(jws.Payload, out code) is { } content)
            return new KeyDirectory(content, token);
        return null;
    }

    /// <summary>Every key of a party, whatever its state.</summary>
    public IReadOnlyCollection<PublicKey> KeysOf(string party) => Content.Parties.GetValueOrDefault(party) ?? [];

    /// <summary>The Ed25519 keys, as verifier keys of signed notes, that a party signs its log and cosigns others' with. Transparency reads them.</summary>
    public IReadOnlyList<string> LogKeysOf(string party) => Content.LogKeys.GetValueOrDefault(party) ?? [];

    public PublicKey? Find(string party, string kid) => Find(kid) is { } key && key.Party == party ? key : null;

    /// <summary>The key that a party uses now: active and inside its validity; the newest where there are several.</summary>
    public PublicKey? ActiveKey(string party, KeyUse use, DateTimeOffset now)
    {
        PublicKey? found = null;
        foreach (var key in KeysOf(party))
        {
            if (key.Use == use && key.State == KeyState.Active && key.IsValidAt(now) && (found is null || key.NotBefore > found.NotBefore))
                found = key;
        }
        return found;
    }

    internal bool Knows(string party) => Content.Parties.ContainsKey(party);

    internal PublicKey? Find(string kid) => keys.GetValueOrDefault(kid);
}
