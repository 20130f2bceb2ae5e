using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>
/// Gives records their place in the log. Purpose: dense indexes, leaves and hashes, in batches, without anything that a
/// change would have to wait for. Must stay true: one at a time in a database (advisory lock), every record exactly once,
/// and never on top of a log that is not the one it wrote. Otherwise the log has holes, doubles, or two histories.
/// </summary>
/// <remarks>
/// Records get their ids before they commit, so a smaller id may come later than a greater one. What is missing is looked for
/// again until no transaction is left that could still bring it.
/// </remarks>
public sealed class Sequencer(NpgsqlDataSource database, DataKeys keys, AuditLeaf leaves, Envelope envelope, TimeProvider time)
{
    public const int BatchSize = 2000;

    /// <summary>Key of the advisory lock: "audit".</summary>
    const long LockKey = 0x6175646974;

    /// <summary>A record may have taken its id and not yet the transaction id that this is judged by.</summary>
    static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    readonly Queue<Mark> marks = new();
    Frontier? frontier;
    UnseenRecords unseen = new(0);
    int epoch;

    sealed record Mark(long Through, long NextTransaction, long Stamp);

    /// <summary>The transactions of the moment that was looked at, and its last record.</summary>
    readonly record struct Seen(long Oldest, long Next, long? Through);

    /// <summary>No record up to this one can come any more.</summary>
    public long SequencedThrough { get; private set; } = -1;

    /// <summary>One batch.</summary>
    /// <returns>How many records got their leaf; null when another node is at it.</returns>
    /// <exception cref="LogDamagedException">The log is not the one that was written: nothing is added to it.</exception>
    public async Task<int?> TurnAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using (var turn = new NpgsqlCommand($"select pg_try_advisory_xact_lock({LockKey})", connection))
            if (await turn.ExecuteScalarAsync(cancel) is not true)
                return null;
        await GoOnAsync(connection, cancel);
        var (arrived, seen) = await ArrivedAsync(connection, cancel);
        if (arrived.Count > 0)
        {
            try
            {
                await WriteAsync(connection, arrived, cancel);
                await transaction.CommitAsync(cancel);
            }
            catch
            {
                // Memory may be ahead of the disk now.
                frontier = null;
                throw;
            }
            // Only now: what was seen and has no leaf must be seen again.
            foreach (var one in arrived)
                unseen.See(one.Id);
        }
        if (arrived.Count < BatchSize)
            Settle(seen);
        return arrived.Count;
    }

    /// <summary>Goes on where the stored log ends, which must be where this program left it or further.</summary>
    async Task GoOnAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var (stored, size) = await LogTables.HeadAsync(connection, cancel);
        if (frontier is not null && stored == epoch && size == frontier.Size)
            return;
        if (frontier is not null && stored == epoch && size < frontier.Size)
            throw new LogDamagedException("The log is shorter than it was.");
        if (SequencedThrough < 0)
        {
            await using var command = new NpgsqlCommand("select coalesce(max(sequenced_through), 0) from audit.checkpoints", connection);
            SequencedThrough = (long)(await command.ExecuteScalarAsync(cancel))!;
        }
        unseen = await UnseenAsync(connection, cancel);
        frontier = await LogTables.FrontierAsync(connection, stored, size, cancel);
        epoch = stored;
    }

    /// <summary>Where this program wrote none of the last leaves, they tell which records were seen.</summary>
    async Task<UnseenRecords> UnseenAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var found = new UnseenRecords(SequencedThrough);
        await using var command = new NpgsqlCommand(
            """
            select min(record_id), max(record_id)
            from (select record_id, record_id - row_number() over (order by record_id) as run from audit.leaves where record_id > $1) l
            group by run order by 1
            """, connection);
        command.Parameters.Add(Sql.Parameter(SequencedThrough));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            found.See(reader.GetInt64(0), reader.GetInt64(1));
        return found;
    }

    async Task<(List<Arrived> Arrived, Seen Seen)> ArrivedAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var arrived = new List<Arrived>();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            """
            select pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
              (select max(id) from audit.records where id > $1)
            """, SequencedThrough));
        batch.BatchCommands.Add(Sql.Command(
            $"""
            select r.id, r.at, r.leaf, h.id, h.referral_id, h.at, h.event, h.actor, h.state, h.jti
            from (
              select id, at, leaf, history_id from audit.records
              where id >= $1 and (id > $2 or id <@ (select $3::text::int8multirange)) order by id limit {BatchSize}
            ) r
            -- One by one: where statistics are old the planner would rather read the whole history than look up some hundred lines.
            left join lateral (select * from referral_history where id = r.history_id limit 1) h on true
            order by r.id
            """, unseen.First, unseen.Through, unseen.ToString()));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        var seen = new Seen(reader.GetInt64(0), reader.GetInt64(1), reader.Maybe<long?>(2));
        await reader.NextResultAsync(cancel);
        while (await reader.ReadAsync(cancel))
            arrived.Add(Read(reader));
        return (arrived, seen);
    }

    /// <summary>Moves the mark below which nothing is looked for any more.</summary>
    void Settle(Seen seen)
    {
        while (marks.TryPeek(out var mark) && mark.NextTransaction <= seen.Oldest && time.GetElapsedTime(mark.Stamp) > Settling)
            SequencedThrough = Math.Max(SequencedThrough, marks.Dequeue().Through);
        unseen.Forget(SequencedThrough);
        if (seen.Through is { } through && (marks.Count == 0 || marks.Last().Through < through))
            marks.Enqueue(new Mark(through, seen.Next, time.GetTimestamp()));
    }

    async Task WriteAsync(NpgsqlConnection connection, List<Arrived> arrived, CancellationToken cancel)
    {
        var dataKeys = await keys.GetAsync([.. arrived.Select(a => a.Record.Key).OfType<Guid>().Distinct()], cancel);
        var directory = envelope.Directory.Version;
        var first = frontier!.Size;
        var (texts, hashes) = (new string[arrived.Count], new byte[arrived.Count][]);
        var nodes = new List<(SubtreeRoot Place, byte[] Hash)>(arrived.Count);
        for (var i = 0; i < arrived.Count; i++)
        {
            texts[i] = Leaf(arrived[i], dataKeys, directory);
            hashes[i] = MerkleTree.Leaf(System.Text.Encoding.UTF8.GetBytes(texts[i]));
            frontier.Append(hashes[i], (place, hash) => nodes.Add((place, hash)));
        }
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            """
            insert into audit.leaves (epoch, index, record_id, at, kind, actor, subject, leaf, hash)
            select $1, $2 + n - 1, record_id, at, kind, actor, subject, leaf, hash
            from unnest($3, $4, $5, $6, $7, $8, $9) with ordinality as a(record_id, at, kind, actor, subject, leaf, hash, n)
            """,
            epoch, first, arrived.Select(a => a.Id).ToArray(), arrived.Select(a => a.Record.At.UtcDateTime).ToArray(), arrived.Select(a => a.Record.Kind).ToArray(),
            arrived.Select(a => leaves.Actor(a.Record.Actor)).ToArray(), arrived.Select(a => leaves.Subject(a.Record)).ToArray(), texts, hashes));
        if (nodes.Count > 0)
            batch.BatchCommands.Add(Sql.Command(
                "insert into audit.nodes (epoch, level, index, hash) select $1, level, index, hash from unnest($2, $3, $4) as n(level, index, hash)",
                epoch, nodes.Select(n => (short)n.Place.Level).ToArray(), nodes.Select(n => n.Place.Index).ToArray(), nodes.Select(n => n.Hash).ToArray()));
        await batch.ExecuteNonQueryAsync(cancel);
    }

    string Leaf(Arrived arrived, IReadOnlyDictionary<Guid, DataKey> dataKeys, int directory)
    {
        var key = arrived.Record.Key is { } id ? dataKeys.GetValueOrDefault(id) : null;
        var shredded = arrived.Record.Key is not null && key is null;
        return leaves.Of(arrived, shredded ? null : leaves.Salt(arrived, key), directory);
    }

    /// <summary>Columns of a record and of its line of history, as <see cref="ArrivedAsync"/> selects them.</summary>
    public static Arrived Read(NpgsqlDataReader reader, int from = 0)
    {
        var text = reader.GetString(from + 2);
        var history = reader.IsDBNull(from + 3) ? null : new HistoryLine(
            reader.GetInt64(from + 3), reader.GetGuid(from + 4), reader.Time(from + 5), reader.GetString(from + 6), reader.GetString(from + 7),
            reader.GetString(from + 8), reader.Maybe<Guid?>(from + 9));
        return new Arrived(reader.GetInt64(from), AuditRecord.Read(reader.Time(from + 1), text), text, history);
    }
}
