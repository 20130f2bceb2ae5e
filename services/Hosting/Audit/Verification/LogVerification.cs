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

    /// <summary>A record takes its time before it commits; this much may lie between it and the checkpoints around it.</summary>
    static readonly TimeSpan Slack = TimeSpan.FromMinutes(2);

    readonly AuditLeaf leaves = new(storage);
    readonly Dictionary<Guid, byte[]?> salts = [];
    readonly Findings findings = new();
    readonly Findings doubts = new();
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
        var waiting = await WaitingAsync(connection, through, cancel);
        await CompareRowsAsync(connection, cancel);
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
        anchors.Check(tree);
        await using var command = new NpgsqlCommand(
            """
            select l.index, l.at, l.leaf, l.hash, l.record_id, l.kind, r.id, r.at, r.leaf, h.id, h.referral_id, h.at, h.event, h.actor, h.state, h.jti, r.history_id
            from audit.leaves l left join audit.records r on r.id = l.record_id left join referral_history h on h.id = r.history_id
            where l.epoch = $1 order by l.index
            """, connection) { CommandTimeout = 0 };
        command.Parameters.Add(Sql.Parameter(epoch));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var chunk = new List<StoredLeaf>(Chunk);
        while (true)
        {
            chunk.Clear();
            while (chunk.Count < Chunk && await reader.ReadAsync(cancel))
                chunk.Add(Read(reader));
            if (chunk.Count == 0)
                break;
            await TakeSaltsAsync(chunk, cancel);
            foreach (var leaf in chunk)
            {
                Check(leaf, tree.Size);
                anchors.Date(leaf.At, tree.Size);
                tree.Append(MerkleTree.Leaf(Encoding.UTF8.GetBytes(leaf.Text)));
                anchors.Check(tree);
            }
            count.Leaves += chunk.Count;
            progress?.Invoke(count.Leaves, total);
        }
        // What witnesses hold beyond a restored log was lost with its database; two persons have signed that they know.
        if (!restored)
            anchors.End(tree);
        count.Anchored += anchors.Agreed;
        return tree.Size;
    }

    sealed record StoredLeaf(long Index, DateTimeOffset At, string Text, byte[] Hash, long RecordId, string Kind, Arrived? Arrived, long? HistoryId, bool Unreadable);

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
            reader.Maybe<long?>(16), unreadable);
    }

    void Check(StoredLeaf leaf, long expected)
    {
        if (leaf.Index != expected)
            findings.Add("leaf.missing", expected);
        if (!MerkleTree.Leaf(Encoding.UTF8.GetBytes(leaf.Text)).AsSpan().SequenceEqual(leaf.Hash))
            findings.Add("leaf.changed", leaf.Index);
        if (leaf.Unreadable)
            findings.Add("record.changed", leaf.RecordId);
        else if (leaf.Arrived is not { } arrived)
            findings.Add("record.missing", leaf.RecordId);
        else if (leaf.HistoryId is { } history && arrived.History is null)
            findings.Add("history.missing", history);
        else if (!IsLeafOf(leaf, arrived))
            findings.Add("record.changed", leaf.RecordId);
    }

    /// <summary>Whether the leaf is what this record and this line of history give.</summary>
    bool IsLeafOf(StoredLeaf leaf, Arrived arrived)
    {
        if (DirectoryAndCommitment(leaf.Text) is not var (version, commitment) || leaf.At != arrived.Record.At || leaf.Kind != arrived.Record.Kind)
            return false;
        var salt = arrived.Record.Key is { } id ? salts.GetValueOrDefault(id) : leaves.Salt(arrived, null);
        if (salt is null)
        {
            // Shredded: what it commits to can no longer be told, the rest still must agree.
            count.Shredded++;
            return leaves.Write(arrived.Record, commitment, version) == leaf.Text;
        }
        return leaves.Of(arrived, salt, version) == leaf.Text;
    }

    static (int Version, string? Commitment)? DirectoryAndCommitment(string leaf)
    {
        try
        {
            using var json = JsonDocument.Parse(leaf);
            return (json.RootElement.GetProperty("directory").GetInt32(), json.RootElement.TryGetProperty("commitment", out var text) ? text.GetString() : null);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    async Task TakeSaltsAsync(List<StoredLeaf> chunk, CancellationToken cancel)
    {
        if (salts.Count > 50_000)
            salts.Clear();
        var wanted = chunk.Select(l => l.Arrived?.Record.Key).OfType<Guid>().Where(id => !salts.ContainsKey(id)).Distinct().ToArray();
        var found = await keys.GetAsync(wanted, cancel);
        foreach (var id in wanted)
            salts[id] = found.TryGetValue(id, out var key) ? key.CommitmentSalt() : null;
    }

    /// <summary>Records that have no leaf: late, or taken out of the log.</summary>
    async Task<long> WaitingAsync(NpgsqlConnection connection, long through, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select count(*) filter (where r.id > $1), count(*) filter (where r.id <= $1), min(r.id) filter (where r.id <= $1)
            from audit.records r where not exists (select from audit.leaves l where l.record_id = r.id)
            """, connection) { CommandTimeout = 0 };
        command.Parameters.Add(Sql.Parameter(through));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        if (reader.GetInt64(1) > 0)
            findings.Add("record.without-leaf", reader.GetInt64(2));
        return reader.GetInt64(0);
    }

    /// <summary>Every line of history has its record, and every referral stands where its history ends.</summary>
    async Task CompareRowsAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await FindAsync(connection, "history.without-record",
            "select h.id::text from referral_history h where not exists (select from audit.records r where r.history_id = h.id) limit 20", cancel);
        await FindAsync(connection, "referral.changed",
            """
            select r.id::text from referrals r
            left join (select distinct on (referral_id) referral_id, state from referral_history order by referral_id, id desc) h on h.referral_id = r.id
            where h.state is distinct from r.state limit 20
            """, cancel);
        await FindAsync(connection, "referral.missing",
            "select distinct h.referral_id::text from referral_history h where not exists (select from referrals r where r.id = h.referral_id) limit 20", cancel);
    }

    async Task FindAsync(NpgsqlConnection connection, string code, string query, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(query, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            findings.Add(code, reader.GetString(0));
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
