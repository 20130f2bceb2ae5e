using System.Collections.Concurrent;
using System.Threading.Channels;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Hosting.Storage;

/// <summary>
/// The data keys of cases and calls. Purpose: content is sealed under a key that lives, wrapped, in databases apart
/// from the content (<see cref="KeyStore"/>). Must stay true: a key is durable in the key store before anything is sealed under it, and a
/// destroyed key is forgotten within <see cref="CacheLifetime"/>. Otherwise content is lost, or is not lost when it should be.
/// </summary>
/// <remarks>
/// Keys are written ahead in batches, so that a referral costs no commit in the key store. Keys that a crash leaves
/// unused never sealed anything and are harmless.
/// </remarks>
public sealed class DataKeys : IDisposable
{
    const int Ahead = 64;
    const int CacheLimit = 16_384;

    /// <summary>How long an unwrapped key is remembered.</summary>
    public static TimeSpan CacheLifetime { get; } = TimeSpan.FromSeconds(30);

    readonly Channel<DataKey> ready = Channel.CreateUnbounded<DataKey>();
    readonly ConcurrentDictionary<Guid, (DataKey Key, long At)> cache = new();
    readonly SemaphoreSlim filling = new(1);
    readonly KeyStore store;
    readonly StorageKeys storage;
    readonly TimeProvider time;
    readonly SharedReads<Guid, DataKey> reads;
    int cached;

    public DataKeys(KeyStore store, StorageKeys storage, TimeProvider time)
    {
        (this.store, this.storage, this.time) = (store, storage, time);
        reads = new SharedReads<Guid, DataKey>(ReadAsync);
    }

    /// <summary>A new key, already durable in the key store.</summary>
    public async ValueTask<DataKey> TakeAsync(CancellationToken cancel)
    {
        while (true)
        {
            if (ready.Reader.TryRead(out var key))
            {
                Remember(key);
                if (ready.Reader.Count == Ahead / 2)
                    _ = FillQuietlyAsync();
                return key;
            }
            await FillAsync(cancel);
        }
    }

    /// <summary>The key of that id.</summary>
    /// <exception cref="KeyDestroyedException">The key store holds no such key.</exception>
    public async ValueTask<DataKey> GetAsync(Guid id, CancellationToken cancel) =>
        (await GetAsync([id], cancel)).TryGetValue(id, out var key) ? key : throw new KeyDestroyedException(id);

    /// <summary>Those of the keys that exist.</summary>
    public async ValueTask<IReadOnlyDictionary<Guid, DataKey>> GetAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancel)
    {
        var found = new Dictionary<Guid, DataKey>(ids.Count);
        List<Guid>? absent = null;
        foreach (var id in ids)
        {
            if (cache.TryGetValue(id, out var entry) && time.GetElapsedTime(entry.At) < CacheLifetime)
                found[id] = entry.Key;
            else
                (absent ??= []).Add(id);
        }
        if (absent is null)
            return found;
        foreach (var key in await reads.AskAsync(absent, cancel))
            if (key is not null)
                found[key.Id] = key;
        return found;
    }

    /// <inheritdoc cref="KeyStore.DestroyAsync"/>
    public async Task DestroyAsync(Guid subject, Guid[] ids, CancellationToken cancel)
    {
        await store.DestroyAsync(subject, ids, cancel);
        foreach (var id in ids)
            cache.TryRemove(id, out _);
    }

    /// <inheritdoc cref="KeyStore.DestroyedAsync(IReadOnlyCollection{Guid}?, CancellationToken)"/>
    public Task<IReadOnlyDictionary<Guid, Guid>> DestroyedAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancel) => store.DestroyedAsync(ids, cancel);

    public void Dispose() => filling.Dispose();

    async Task<IReadOnlyDictionary<Guid, DataKey>> ReadAsync(IReadOnlyList<Guid> ids)
    {
        var found = new Dictionary<Guid, DataKey>(ids.Count);
        foreach (var key in await store.ReadAsync(ids, CancellationToken.None))
        {
            found[key.Id] = key;
            Remember(key);
        }
        return found;
    }

    void Remember(DataKey key)
    {
        // Counted apart: the dictionary's own count stops everybody.
        if (Interlocked.Increment(ref cached) > CacheLimit)
        {
            cache.Clear();
            cached = 0;
        }
        cache[key.Id] = (key, time.GetTimestamp());
    }

    async Task FillQuietlyAsync()
    {
        try
        {
            await FillAsync(CancellationToken.None);
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException)
        {
            // The next taker fills, and hears of it.
        }
    }

    async Task FillAsync(CancellationToken cancel)
    {
        await filling.WaitAsync(cancel);
        try
        {
            if (ready.Reader.Count >= Ahead)
                return;
            var keys = Enumerable.Range(0, Ahead).Select(_ => storage.NewDataKey(Guid.CreateVersion7(time.GetUtcNow()))).ToList();
            await store.InsertAsync(keys, cancel);
            foreach (var key in keys)
                ready.Writer.TryWrite(key);
        }
        finally
        {
            filling.Release();
        }
    }
}

/// <summary>The content was shredded: its key is no more.</summary>
public sealed class KeyDestroyedException(Guid id) : Exception($"Data key {id} is not in the key store.");
