namespace Hotline.Hosting.Storage;

/// <summary>What a repair of the key store did.</summary>
/// <param name="Keys">How many keys stand in both copies now.</param>
/// <param name="Copied">Keys that one copy did not have.</param>
/// <param name="Recovered">Keys that were taken from the history of the last seven days.</param>
/// <param name="Replaced">Keys that did not open in one copy.</param>
/// <param name="Damaged">Keys that open nowhere: what they sealed is lost.</param>
/// <param name="Destroyed">Destructions that one copy had missed.</param>
public sealed record KeyRepairResult(long Keys, long Copied, long Recovered, long Replaced, long Damaged, long Destroyed);

/// <summary>Makes both copies of the key store alike. Must stay true: destructions go first, so that nothing destroyed is copied back.</summary>
public sealed class KeyRepair(KeyStore store)
{
    const int Chunk = 500;

    readonly List<(Guid Id, byte[] Wrapped)>[] missing = [[], []];
    long keys, copied, replaced, damaged;

    /// <summary>Copies what one copy lacks, as far as a host may: it overwrites nothing.</summary>
    /// <param name="since">Only keys made since then, UTC; null = all.</param>
    public Task<KeyRepairResult> EvenOutAsync(DateTimeOffset? since, CancellationToken cancel) => RunAsync(since, asOwner: false, cancel);

    /// <summary>Also takes back what was lost in the last seven days, and replaces what does not open. For the owner of the databases.</summary>
    public Task<KeyRepairResult> RepairAsync(CancellationToken cancel) => RunAsync(since: null, asOwner: true, cancel);

    async Task<KeyRepairResult> RunAsync(DateTimeOffset? since, bool asOwner, CancellationToken cancel)
    {
        var destroyed = await DestroyAgainAsync(cancel);
        var recovered = 0L;
        if (asOwner)
            foreach (var copy in store.Copies)
                recovered += await copy.RecoverAsync(cancel);
        await CompareAsync(since is { } at ? First(at) : Guid.Empty, asOwner, cancel);
        return new KeyRepairResult(keys, copied, recovered, replaced, damaged, destroyed);
    }

    async Task<long> DestroyAgainAsync(CancellationToken cancel)
    {
        var count = 0L;
        var known = new List<Dictionary<Guid, Guid>>();
        foreach (var copy in store.Copies)
            known.Add(await copy.DestroyedAsync(null, cancel));
        foreach (var (copy, mine, other) in new[] { (store.Copies[0], known[0], known[1]), (store.Copies[1], known[1], known[0]) })
            foreach (var (subject, ids) in other.Where(o => !mine.ContainsKey(o.Key)).GroupBy(o => o.Value, o => o.Key).Select(g => (g.Key, g.ToArray())))
            {
                await copy.DestroyAsync(subject, ids, cancel);
                count += ids.Length;
            }
        return count;
    }

    /// <summary>Both copies side by side, in the order of ids.</summary>
    async Task CompareAsync(Guid from, bool asOwner, CancellationToken cancel)
    {
        await using var left = store.Copies[0].KeysAsync(from, cancel).GetAsyncEnumerator(cancel);
        await using var right = store.Copies[1].KeysAsync(from, cancel).GetAsyncEnumerator(cancel);
        var (more, moreRight) = (await left.MoveNextAsync(), await right.MoveNextAsync());
        while (more || moreRight)
        {
            var order = !more ? 1 : !moreRight ? -1 : left.Current.Id.CompareTo(right.Current.Id);
            if (order != 0)
                await CopyAsync(to: order < 0 ? 1 : 0, order < 0 ? left.Current : right.Current, asOwner, cancel);
            else if (asOwner)
                await CheckAsync(left.Current, right.Current.Wrapped, cancel);
            else
                keys++;
            if (order <= 0)
                more = await left.MoveNextAsync();
            if (order >= 0)
                moreRight = await right.MoveNextAsync();
        }
        await FlushAsync(0, cancel);
        await FlushAsync(1, cancel);
    }

    async Task CopyAsync(int to, (Guid Id, byte[] Wrapped) key, bool asOwner, CancellationToken cancel)
    {
        var sound = store.TryUnwrap(key.Id, key.Wrapped) is not null;
        if (!sound && asOwner && await FormerAsync(key.Id, cancel) is { } former)
        {
            await store.Copies[1 - to].ReplaceAsync(key.Id, former, cancel);
            (key, sound) = ((key.Id, former), true);
            replaced++;
        }
        if (!sound)
        {
            damaged++;
            return;
        }
        missing[to].Add(key);
        if (missing[to].Count == Chunk)
            await FlushAsync(to, cancel);
    }

    async Task CheckAsync((Guid Id, byte[] Wrapped) left, byte[] right, CancellationToken cancel)
    {
        var (leftOpens, rightOpens) = (store.TryUnwrap(left.Id, left.Wrapped) is not null, store.TryUnwrap(left.Id, right) is not null);
        var good = leftOpens ? left.Wrapped : rightOpens ? right : await FormerAsync(left.Id, cancel);
        if (good is null)
        {
            damaged++;
            return;
        }
        keys++;
        foreach (var (copy, opens) in new[] { (store.Copies[0], leftOpens), (store.Copies[1], rightOpens) })
            if (!opens)
            {
                await copy.ReplaceAsync(left.Id, good, cancel);
                replaced++;
            }
    }

    async Task<byte[]?> FormerAsync(Guid id, CancellationToken cancel)
    {
        foreach (var copy in store.Copies)
            if ((await copy.FormerAsync(id, cancel)).Find(f => store.TryUnwrap(id, f) is not null) is { } former)
                return former;
        return null;
    }

    async Task FlushAsync(int to, CancellationToken cancel)
    {
        if (missing[to].Count == 0)
            return;
        var added = await store.Copies[to].InsertAsync([.. missing[to].Select(k => k.Id)], [.. missing[to].Select(k => k.Wrapped)], cancel);
        copied += added;
        keys += missing[to].Count;
        missing[to].Clear();
    }

    /// <summary>The smallest id of that moment.</summary>
    static Guid First(DateTimeOffset at)
    {
        var bytes = Guid.CreateVersion7(at).ToByteArray(bigEndian: true);
        bytes.AsSpan(6).Clear();
        return new Guid(bytes, bigEndian: true);
    }
}
