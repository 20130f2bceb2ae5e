using Hotline.Sealing;
using Npgsql;

namespace Hotline.Hosting.Storage;

/// <summary>
/// The wrapped data keys, kept twice and apart from the content. Purpose: no damage to one database makes a case unreadable, and
/// no backup makes a shredded one readable. Must stay true: a key is in a copy before anything is sealed under it, and it is
/// called destroyed only when both copies have destroyed it; a tombstone wins over a key. Otherwise content is lost, or comes back.
/// </summary>
public sealed class KeyStore(NpgsqlDataSource first, NpgsqlDataSource second, StorageKeys storage) : IAsyncDisposable
{
    /// <summary>How long a copy that hangs holds up the one that does not.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    internal IReadOnlyList<KeyCopy> Copies { get; } = [new KeyCopy(first), new KeyCopy(second)];

    /// <summary>Keeps new keys, in both copies where both answer. One that does not is brought up to date later (<see cref="KeyRounds"/>).</summary>
    /// <exception cref="NpgsqlException">Neither copy took them.</exception>
    /// <exception cref="TimeoutException">Neither copy answered in time.</exception>
    public async Task InsertAsync(IReadOnlyList<DataKey> keys, CancellationToken cancel)
    {
        var (ids, wrapped) = (keys.Select(k => k.Id).ToArray(), keys.Select(storage.Wrap).ToArray());
        var writing = Copies.Select(copy => copy.InsertAsync(ids, wrapped, cancel)).ToArray();
        try
        {
            await Task.WhenAll(writing).WaitAsync(Patience, cancel);
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException && Array.Exists(writing, w => w.IsCompletedSuccessfully))
        {
            // One copy has them: that is durable.
        }
    }

    /// <summary>Those of the keys that exist, from whichever copy holds them undamaged.</summary>
    /// <exception cref="NpgsqlException">A copy is away, and whether a key is lost or destroyed cannot be said.</exception>
    public async Task<IReadOnlyCollection<DataKey>> ReadAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancel)
    {
        var found = new List<DataKey>(ids.Count);
        var open = ids.ToHashSet();
        NpgsqlException? away = null;
        foreach (var copy in Copies)
        {
            try
            {
                foreach (var (id, wrapped) in open.Count == 0 ? [] : await copy.ReadAsync(open, cancel))
                {
                    var key = wrapped is null ? null : TryUnwrap(id, wrapped);
                    if (key is not null)
                        found.Add(key);
                    if (key is not null || wrapped is null)
                        open.Remove(id);
                }
            }
            catch (NpgsqlException problem)
            {
                away = problem;
            }
        }
        return open.Count == 0 || away is null ? found : throw away;
    }

    /// <summary>Destroys keys in both copies and their histories: what they sealed can be read nowhere any more, backups of the content included.</summary>
    /// <param name="subject">The case, call or referral that is shredded.</param>
    /// <exception cref="NpgsqlException">A copy is away: not done; to be tried again.</exception>
    public async Task DestroyAsync(Guid subject, Guid[] ids, CancellationToken cancel)
    {
        foreach (var copy in Copies)
            await copy.DestroyAsync(subject, ids, cancel);
    }

    /// <summary>Everything that was ever destroyed, by subject.</summary>
    public async Task<IReadOnlyList<DestroyedKeys>> DestroyedAsync(CancellationToken cancel)
    {
        var destroyed = await DestroyedAsync(null, cancel);
        return [.. destroyed.GroupBy(d => d.Value, d => d.Key).Select(g => new DestroyedKeys(g.Key, [.. g]))];
    }

    /// <summary>Those of the keys that were destroyed, and the subject of each.</summary>
    /// <param name="ids">Null = all that ever were.</param>
    public async Task<IReadOnlyDictionary<Guid, Guid>> DestroyedAsync(IReadOnlyCollection<Guid>? ids, CancellationToken cancel)
    {
        var destroyed = new Dictionary<Guid, Guid>();
        foreach (var copy in Copies)
            foreach (var (key, subject) in await copy.DestroyedAsync(ids, cancel))
                destroyed[key] = subject;
        return destroyed;
    }

    /// <summary>Whether one of the copies answers: with one, calls can be taken.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        foreach (var copy in Copies)
        {
            try
            {
                await copy.ReadAsync([], cancel);
                return true;
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException)
            {
                // The other may.
            }
        }
        return false;
    }

    /// <summary>Null where it is damaged.</summary>
    internal DataKey? TryUnwrap(Guid id, byte[] wrapped)
    {
        try
        {
            return storage.Unwrap(id, wrapped);
        }
        catch (SealBrokenException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await first.DisposeAsync();
        await second.DisposeAsync();
    }
}
