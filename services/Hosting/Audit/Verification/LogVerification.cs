using System.Text;
using System.Text.Json;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>
/// Reads a party's whole log again. Purpose: whoever changed a leaf, a record, a line of history or a current row, cut the
/// log, or dated something back, is found. Must stay true: it trusts nothing in the database but signatures; otherwise who
/// owns the database owns the truth. Memory does not grow with the log.
/// </summary>
/// <param name="party">Whose log.</param>
/// <param name="directory">The key directory that the pinned key signed.</param>
/// <param name="database">A role that may read everything.</param>
/// <param name="keys">The party's data keys, to open commitments.</param>
public sealed class LogVerification(string party, KeyDirectory directory, NpgsqlDataSource database, DataKeys keys, StorageKeys storage)
{
    const int Chunk = 2000;
    const int MostSalts = 50_000;

    /// <summary>A record takes its time before it commits; this much may lie between it and the checkpoints around it.</summary>
    static readonly TimeSpan Slack = TimeSpan.FromMinutes(2);

    readonly AuditLeaf leaves = new(storage);
    readonly Dictionary<Guid, byte[]?> salts = [];
    readonly Findings findings = new();
    readonly Findings doubts = new();
    readonly ShreddedRecords shreddings = new(database, keys, new AuditLeaf(storage));
    readonly WitnessPolicy policy = directory.PolicyOf(party) ?? throw new InvalidOperationException("A witness key stands under two names in the key directory.");
    (long Leaves, long Anchored, long Shredded) count;

    /// <summary>Reads everything.</summary>
    /// <param name="witnesses">Databases of the witnesses that can be reached, by name: what they remember cannot be changed from here.</param>
    /// <param name="progress">Told how many leaves were read, of how many.</param>
    public async Task<Verdict> RunAsync(
        IReadOnlyDictionary<string, NpgsqlDataSource> witnesses, Action<long, long>? progress, CancellationToken cancel)
    {
        // The witnesses first: what they remember now, the log must hold a moment later.
        var held = new List<Anchor>();
        foreach (var (name, witness) in witnesses)
        {
            try
            {
                await using var at = await witness.OpenConnectionAsync(cancel);
                held.AddRange(await Anchors.OfWitnessAsync(at, name, policy, party, cancel));
            }
            catch (NpgsqlException)
            {
                doubts.Add("witness.away", name);
            }
        }
        await using var connection = await database.OpenConnectionAsync(cancel);
        // One moment of the whole database: the service may go on meanwhile.
        await using var moment = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel);
        var own = await Anchors.OwnAsync(connection, policy, party, findings, cancel);
        if (own.Count == 0)
            doubts.Add("log.no-checkpoint", party);
        var last = await ReadLeavesAsync(connection, [.. own, .. held], progress, cancel);
        var through = (long?)await ScalarAsync(connection, "select max(sequenced_through) from audit.checkpoints", cancel) ?? 0;
        var waiting = await new RowComparison(connection, findings).RunAsync(through, cancel);
        foreach (var subject in shreddings.Unrecorded)
            doubts.Add("shredding.unrecorded", subject);
        return new Verdict(count.Leaves, count.Anchored, count.Shredded, waiting, last.Origin, last.Size, findings.All, doubts.All);
    }

    async Task<(string? Origin, long Size)> ReadLeavesAsync(
        NpgsqlConnection connection, List<Anchor> anchors, Action<long, long>? progress, CancellationToken cancel)
    {
        var total = (long)(await ScalarAsync(connection, "select count(*) from audit.leaves", cancel))!;
        var epochs = await EpochsAsync(connection, cancel);
        (string?, long) last = (null, 0);
        foreach (var epoch in epochs)
        {
            var origin = $"{party}/{epoch}";
            var restored = epochs.Exists(e => e > epoch) && await IsReopenedAsync(connection, epoch, cancel);
            var size = await ReadEpochAsync(connection, epoch, anchors.Where(a => a.Origin == origin), restored, total, progress, cancel);
            last = (origin, size);
        }
        foreach (var lost in anchors.Where(a => !epochs.Any(e => a.Origin == $"{party}/{e}")).Select(a => a.Origin).Distinct())
            findings.Add("log.cut", lost);
        return last;
    }

    /// <summary>One tree, from its first leaf to its last.</summary>
    async Task<long> ReadEpochAsync(
        NpgsqlConnection connection, int epoch, IEnumerable<Anchor> of, bool restored, long total, Action<long, long>? progress, CancellationToken cancel)
    {
        var anchors = new AnchorWalk(of, findings, Slack);
        var tree = new Frontier();
        var next = 0L;
        anchors.Check(tree);
        await using var command = new NpgsqlCommand(
            """
            select l.index, l.at, l.leaf, l.hash, l.record_id, l.kind, r.id, r.at, r.leaf, h.id, h.referral_id, h.at, h.event, h.actor, h.state, h.jti, r.history_id,
              l.actor, l.subject
            from audit.leaves l left join audit.records r on r.id = l.record_id left join referral_history h on h.id = r.history_id
            where l.epoch = $1 order by l.index
            """, connection)
        { CommandTimeout = 0 };
        command.Parameters.Add(Sql.Parameter(epoch));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        // Read, check, add to the tree: the checks of one chunk run on all processors while the next is read.
        Task<CheckedLeaf[]>? checking = null;
        while (true)
        {
            var chunk = new List<StoredLeaf>(Chunk);
            while (chunk.Count < Chunk && await reader.ReadAsync(cancel))
                chunk.Add(Read(reader));
            if (checking is not null)
                next = Add(await checking, tree, anchors, next, total, progress);
            if (chunk.Count == 0)
                break;
            var known = await SaltsAsync(chunk, cancel);
            var shredded = await shreddings.OfAsync(chunk.Select(l => (l.RecordId, l.Arrived?.Record)), known, cancel);
            checking = Task.Run(() => CheckAll(chunk, known, shredded), cancel);
        }
        // What witnesses hold beyond a restored log was lost with its database; two persons have signed that they know.
        if (!restored)
            anchors.End(tree);
        count.Anchored += anchors.Agreed;
        return tree.Size;
    }

    sealed record StoredLeaf(
        long Index, DateTimeOffset At, string Text, byte[] Hash, long RecordId, string Kind, Arrived? Arrived, long? HistoryId, bool Unreadable, string Actor, string? Subject);

    /// <summary>What a leaf says that its columns say again, or that its record does not tell.</summary>
    sealed record LeafText(string? At, string? Kind, string? Actor, string? Subject, string? Commitment, int Directory);

    /// <param name="Hash">Of its text, computed.</param>
    /// <param name="Finding">Null where it is sound.</param>
    sealed record CheckedLeaf(StoredLeaf Leaf, byte[] Hash, (string Code, long At)? Finding, bool Shredded);

    CheckedLeaf[] CheckAll(List<StoredLeaf> chunk, Dictionary<Guid, byte[]?> known, HashSet<long> shredded)
    {
        var checkedLeaves = new CheckedLeaf[chunk.Count];
        Parallel.For(0, chunk.Count, i => checkedLeaves[i] = Check(chunk[i], known, shredded));
        return checkedLeaves;
    }

    /// <returns>The index that must come next.</returns>
    long Add(CheckedLeaf[] chunk, Frontier tree, AnchorWalk anchors, long next, long total, Action<long, long>? progress)
    {
        foreach (var (leaf, hash, finding, shredded) in chunk)
        {
            if (leaf.Index != next)
                findings.Add("leaf.missing", next);
            // One finding for a gap, not one for every leaf after it.
            next = leaf.Index + 1;
            if (!hash.AsSpan().SequenceEqual(leaf.Hash))
                findings.Add("leaf.changed", leaf.Index);
            if (finding is var (code, at))
                findings.Add(code, at);
            count.Shredded += shredded ? 1 : 0;
            anchors.Date(leaf.At, tree.Size);
            tree.Append(hash);
            anchors.Check(tree);
        }
        count.Leaves += chunk.Length;
        progress?.Invoke(count.Leaves, total);
        return next;
    }

    static StoredLeaf Read(NpgsqlDataReader reader)
    {
        Arrived? arrived = null;
        var unreadable = false;
        if (!reader.IsDBNull(6))
        {
            try
            {
                arrived = Sequencer.Read(reader, from: 6);
            }
            catch (JsonException)
            {
                unreadable = true;
            }
        }
        return new StoredLeaf(
            reader.GetInt64(0), reader.Time(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3), reader.GetInt64(4), reader.GetString(5), arrived,
            reader.Maybe<long?>(16), unreadable, reader.GetString(17), reader.Maybe<string>(18));
    }

    CheckedLeaf Check(StoredLeaf leaf, Dictionary<Guid, byte[]?> known, HashSet<long> shredded)
    {
        var hash = MerkleTree.Leaf(Encoding.UTF8.GetBytes(leaf.Text));
        // By these columns the log is searched and bundles are made: a leaf that is filed wrongly is found by nobody.
        if (Parse(leaf.Text) is not { } text || (text.At, text.Kind, text.Actor, text.Subject) != (AuditLeaf.Time(leaf.At), leaf.Kind, leaf.Actor, leaf.Subject))
            return new CheckedLeaf(leaf, hash, ("leaf.changed", leaf.Index), false);
        if (leaf.Unreadable)
            return new CheckedLeaf(leaf, hash, ("record.changed", leaf.RecordId), false);
        if (leaf.Arrived is not { } arrived)
            return new CheckedLeaf(leaf, hash, ("record.missing", leaf.RecordId), false);
        if (leaf.HistoryId is { } history && arrived.History is null)
            return new CheckedLeaf(leaf, hash, ("history.missing", history), false);
        // Whether the leaf is what this record and this line of history give.
        var salt = arrived.Record.Key is { } id ? known.GetValueOrDefault(id) : leaves.Salt(arrived, null);
        // Shredded: what it commits to can no longer be told, the rest still must agree.
        var expected = salt is null ? leaves.Write(arrived.Record, text.Commitment, text.Directory) : leaves.Of(arrived, salt, text.Directory);
        if (expected != leaf.Text)
            return new CheckedLeaf(leaf, hash, ("record.changed", leaf.RecordId), false);
        return salt is not null || shredded.Contains(leaf.RecordId)
            ? new CheckedLeaf(leaf, hash, null, salt is null) : new CheckedLeaf(leaf, hash, ("record.key-missing", leaf.RecordId), false);
    }

    static LeafText? Parse(string leaf)
    {
        try
        {
            using var json = JsonDocument.Parse(leaf);
            string? Text(string name) => json.RootElement.TryGetProperty(name, out var text) ? text.GetString() : null;
            return new LeafText(Text("at"), Text("kind"), Text("actor"), Text("case"), Text("commitment"), json.RootElement.GetProperty("directory").GetInt32());
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The salts of a chunk, in a dictionary that is its own: it is read while the next is filled.</summary>
    async Task<Dictionary<Guid, byte[]?>> SaltsAsync(List<StoredLeaf> chunk, CancellationToken cancel)
    {
        if (salts.Count > MostSalts)
            salts.Clear();
        var wanted = chunk.Select(l => l.Arrived?.Record.Key).OfType<Guid>().Distinct().ToArray();
        var absent = wanted.Where(id => !salts.ContainsKey(id)).ToArray();
        var found = await keys.GetAsync(absent, cancel);
        foreach (var id in absent)
            salts[id] = found.TryGetValue(id, out var key) ? key.CommitmentSalt() : null;
        return wanted.ToDictionary(id => id, id => salts[id]);
    }

    async Task<bool> IsReopenedAsync(NpgsqlConnection connection, int epoch, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select reopening from audit.epochs where epoch > $1 order by epoch limit 1", connection);
        command.Parameters.Add(Sql.Parameter(epoch));
        if (await command.ExecuteScalarAsync(cancel) is string note && Reopening.TryOpen(note, party, directory) is { } reopening && reopening.From == $"{party}/{epoch}")
            return true;
        doubts.Add("log.reopening-not-signed", epoch);
        return false;
    }

    static async Task<List<int>> EpochsAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select epoch from audit.epochs union select distinct epoch from audit.leaves order by 1", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var epochs = new List<int>();
        while (await reader.ReadAsync(cancel))
            epochs.Add(reader.GetInt32(0));
        return epochs;
    }

    static async Task<object?> ScalarAsync(NpgsqlConnection connection, string query, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(query, connection) { CommandTimeout = 0 };
        return await command.ExecuteScalarAsync(cancel) is var value and not DBNull ? value : null;
    }
}
