// Makes and signs the key directory. What must stay true: a key in use elsewhere never vanishes before the last message
// under it has expired, and every change gets a new version; otherwise messages on their way could no longer be opened.
using System.Collections.Frozen;

namespace Hotline.Sealing;

/// <summary>
/// The holder of the directory's signing key. Every change signs a new version and replaces <c>directory.json</c> at once.
/// Not for several processes at a time.
/// </summary>
public sealed class DirectoryAuthor
{
    public const string SigningFile = "directory-signing.jwk";
    public const string PinFile = "directory-pin.jwk";
    public const string DirectoryFile = "directory.json";

    /// <summary>How long a replaced key still opens and verifies: a message lives 30 days.</summary>
    public static readonly TimeSpan DecryptOnlyTime = TimeSpan.FromDays(31);

    /// <summary>How long a key may be used.</summary>
    public static readonly TimeSpan KeyLifetime = TimeSpan.FromDays(2 * 365);

    /// <summary>How long a version of the directory is good for.</summary>
    public static readonly TimeSpan DirectoryLifetime = TimeSpan.FromDays(365);

    // The parties' databases and this machine do not tell exactly the same time.
    static readonly TimeSpan ClockAllowance = TimeSpan.FromMinutes(5);

    readonly string folder;
    readonly PrivateKey key;

    DirectoryAuthor(string folder, Jwk key, KeyDirectory? current)
    {
        this.folder = folder;
        this.key = new PrivateKey(key, Suite.DirectoryType);
        Pin = new DirectoryPin(key);
        Current = current ?? KeyDirectoryFile.Load(Path.Combine(folder, DirectoryFile), Pin);
    }

    public DirectoryPin Pin { get; }

    /// <summary>The newest version.</summary>
    public KeyDirectory Current { get; private set; }

    /// <summary>Makes the directory's key and an empty version 1 in the folder.</summary>
    /// <param name="environment"><c>production</c> or <c>exercise</c>.</param>
    public static DirectoryAuthor Create(string folder, string environment, DateTimeOffset now)
    {
        var jwk = Jwk.Create(KeyUse.Signing);
        KeyFiles.MakeFolder(folder);
        KeyFiles.Write(Path.Combine(folder, SigningFile), jwk.ToJson(), secret: true);
        KeyFiles.Write(Path.Combine(folder, PinFile), jwk.PublicHalf().ToJson(), secret: false);
        var empty = new DirectoryContent(1, now, now + DirectoryLifetime, environment, Suite.Name,
            FrozenDictionary<string, IReadOnlyList<PublicKey>>.Empty, FrozenDictionary<string, IReadOnlyList<string>>.Empty);
        var token = Jws.Sign(empty.ToJson(), new PrivateKey(jwk, Suite.DirectoryType));
        KeyDirectoryFile.Save(Path.Combine(folder, DirectoryFile), Opened(token, new DirectoryPin(jwk)));
        return Open(folder);
    }

    /// <exception cref="SealingException">A file of the folder is not what it should be.</exception>
    public static DirectoryAuthor Open(string folder) =>
        new(folder, KeyFiles.Read(Path.Combine(folder, SigningFile), secret: true), null);

    /// <summary>Adds a party with its keys active at once. Takes the keys of its folder, and makes there what is missing.</summary>
    /// <param name="partyKeyFolder">Its key files; public halves will do, for a party that keeps its private keys to itself.</param>
    /// <exception cref="SealingException"><c>known-party</c>, or <c>unknown-party</c> where the name is none.</exception>
    public KeyDirectory AddParty(string party, string partyKeyFolder, DateTimeOffset now)
    {
        if (!DirectoryContent.IsPartyName(party))
            throw new SealingException(SealingCodes.UnknownParty);
        if (Current.Knows(party))
            throw new SealingException(SealingCodes.KnownParty, party);
        return Write(party, Unpublished(party, partyKeyFolder, KeyState.Active, now), now);
    }

    /// <summary>
    /// Publishes keys of a party's log beside those that it has: an old one stays, because what it signed must be verifiable for ever.
    /// </summary>
    /// <param name="logKeys">Verifier keys (c2sp.org/signed-note).</param>
    /// <exception cref="SealingException"><c>unknown-party</c>.</exception>
    public KeyDirectory PublishLogKeys(string party, IReadOnlyCollection<string> logKeys, DateTimeOffset now) =>
        Write(party, Known(party), now, logKeys);

    /// <summary>Publishes a new signing and a new encryption key as pending; makes them where the folder has no unpublished ones.</summary>
    /// <exception cref="SealingException"><c>unknown-party</c>.</exception>
    public KeyDirectory PublishKeys(string party, string folder, DateTimeOffset now) =>
        Write(party, [.. Known(party), .. Unpublished(party, folder, KeyState.Pending, now)], now);

    /// <summary>Puts the pending keys into use; those in use so far become decrypt-only for <see cref="DecryptOnlyTime"/>.</summary>
    /// <exception cref="SealingException"><c>unknown-party</c>, <c>no-pending-key</c>.</exception>
    public KeyDirectory Activate(string party, DateTimeOffset now)
    {
        var keys = Known(party);
        var replaced = keys.Where(k => k.State == KeyState.Pending).Select(k => k.Use).ToHashSet();
        if (replaced.Count == 0)
            throw new SealingException(SealingCodes.NoPendingKey, party);
        return Write(party, keys.Select(k => k.State switch
        {
            KeyState.Pending => k with { State = KeyState.Active },
            KeyState.Active when replaced.Contains(k.Use) => k with
            {
                State = KeyState.DecryptOnly,
                NotAfter = Earlier(k.NotAfter, now + DecryptOnlyTime),
            },
            _ => k,
        }), now);
    }

    /// <exception cref="SealingException"><c>unknown-party</c>, <c>unknown-key</c>.</exception>
    public KeyDirectory Revoke(string party, string kid, DateTimeOffset now)
    {
        var keys = Known(party);
        if (!keys.Any(k => k.Kid == kid))
            throw new SealingException(SealingCodes.UnknownKey, party);
        return Write(party, keys.Select(k => k.Kid == kid ? k with { State = KeyState.Revoked, RevokedAt = now } : k), now);
    }

    /// <summary>Signs the same keys again with a new expiry.</summary>
    public KeyDirectory Renew(DateTimeOffset now) => Write(null, [], now);

    IReadOnlyCollection<PublicKey> Known(string party) => Current.Knows(party)
        ? Current.KeysOf(party) : throw new SealingException(SealingCodes.UnknownParty, party);

    List<PublicKey> Unpublished(string party, string folder, KeyState state, DateTimeOffset now)
    {
        var found = KeyFiles.ReadPublic(folder).Where(k => Current.Find(k.Kid) is null).ToList();
        foreach (var use in new[] { KeyUse.Signing, KeyUse.Encryption }.Where(u => !found.Exists(k => k.Use == u)))
            found.Add(KeyFiles.Create(folder, use).PublicHalf());
        return found.ConvertAll(k => new PublicKey(party, k)
        {
            State = state,
            NotBefore = k.Use == KeyUse.Encryption
                // A message signed up to 30 days ago is sealed anew under this key, and its iat must lie inside.
                ? now - DecryptOnlyTime : now - ClockAllowance,
            NotAfter = now + KeyLifetime,
        });
    }

    KeyDirectory Write(string? party, IEnumerable<PublicKey> keys, DateTimeOffset now, IEnumerable<string>? moreLogKeys = null)
    {
        var logKeys = Current.Content.LogKeys.ToDictionary(p => p.Key, p => p.Value);
        if (party is not null && moreLogKeys is not null)
            logKeys[party] = [.. Current.LogKeysOf(party).Union(moreLogKeys)];
        var parties = Current.Content.Parties.ToDictionary(p => p.Key, p => p.Value);
        if (party is not null)
            parties[party] = keys.ToList();
        // Nothing signed or sealed under such a key can still be inside its 30 days.
        foreach (var name in parties.Keys.ToList())
            parties[name] = parties[name].Where(k => k.NotAfter + DecryptOnlyTime >= now).ToList();

        var content = new DirectoryContent(Current.Version + 1, now, now + DirectoryLifetime, Current.Environment, Suite.Name, parties, logKeys);
        Current = Opened(Jws.Sign(content.ToJson(), key), Pin);
        KeyDirectoryFile.Save(Path.Combine(folder, DirectoryFile), Current);
        return Current;
    }

    // What is published is what a party would read, or nothing.
    static KeyDirectory Opened(string token, DirectoryPin pin) =>
        KeyDirectory.TryOpen(token, pin, out var code) ?? throw new SealingException(code!);

    static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
