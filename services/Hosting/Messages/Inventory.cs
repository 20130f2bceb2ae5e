using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>
/// Two parties compare what they hold of each other. Purpose: what was lost on the way or with a database is found and
/// sent again, with its old id. Must stay true: a statement covers a range of referrals without a hole, so that
/// "not listed" means "not held".
/// </summary>
public sealed class Inventory(NpgsqlDataSource database, Post post, DatabaseClock clock, OutboxSignal signal, ILogger<Inventory> log)
{
    /// <summary>Entries of one message; it stays well under 256 KiB.</summary>
    const int EntriesPerMessage = 1000;

    static readonly Guid Last = new("ffffffff-ffff-ffff-ffff-ffffffffffff");

    /// <summary>Tells a peer what is held of its messages, for the referrals made since then; null = all.</summary>
    public async Task StateAsync(string peer, DateTimeOffset? since, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        var from = since is { } start ? FirstIdAt(start) : Guid.Empty;
        await using var connection = await database.OpenConnectionAsync(cancel);
        var held = await HeldAsync(connection, peer, from, cancel);

        await using var batch = new NpgsqlBatch(connection);
        for (var i = 0; i == 0 || i < held.Count;)
        {
            // A referral's entries stay together, or its range would have a hole.
            var end = Math.Min(i + EntriesPerMessage, held.Count);
            while (end < held.Count && held[end].Referral == held[end - 1].Referral)
                end++;
            var through = end == held.Count ? Last : held[end - 1].Referral;
            batch.BatchCommands.Add(post.WriteUnordered(peer, Kinds.InventoryStated, new InventoryStated(from, through, held[i..end]), now));
            from = through;
            i = Math.Max(end, 1);
        }
        await batch.ExecuteNonQueryAsync(cancel);
        signal.Raise();
    }

    /// <summary>Sends a peer what it says it does not hold.</summary>
    public async Task AnswerAsync(string peer, InventoryStated stated, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            with held as (select * from unnest($4::uuid[], $5::int[], $6::bigint[]) as h(referral_id, epoch, seq))
            update sent_messages s set receipted_at = null, receipt = null, attempts = 0, next_send_at = hotline_now()
            where s.receiver = $1 and s.referral_id > $2 and s.referral_id <= $3 and s.receipted_at is not null
              and not exists (select from held h where h.referral_id = s.referral_id and h.epoch = s.epoch and h.seq >= s.seq)
              -- Each side forgets probes by itself: the other's are not brought back.
              and not exists (select from referrals r where r.id = s.referral_id and r.class = 'probe')
            """, connection);
        command.Parameters.Add(Sql.Parameter(peer));
        command.Parameters.Add(Sql.Parameter(stated.From));
        command.Parameters.Add(Sql.Parameter(stated.Through));
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. stated.Held.Select(h => h.Referral)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. stated.Held.Select(h => h.Epoch)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. stated.Held.Select(h => h.Seq)] });
        var missing = await command.ExecuteNonQueryAsync(cancel);
        if (missing > 0)
            log.LogWarning("{Peer} does not hold {Count} messages; they are sent again", peer, missing);
        await SendReceiptsAsync(connection, peer, stated, cancel);
    }

    /// <summary>
    /// A referral that the peer does not list may be one that its restored database has never heard of. The receipts that
    /// it had for it go out again: they are all it needs to know that there is something.
    /// </summary>
    async Task SendReceiptsAsync(NpgsqlConnection connection, string peer, InventoryStated stated, CancellationToken cancel)
    {
        var receipts = new List<(string Receipt, Guid Answers, Guid Referral)>();
        await using (var command = new NpgsqlCommand(
            """
            select receipt, jti, referral_id from inbox i where iss = $1 and referral_id > $2 and referral_id <= $3 and referral_id <> all($4)
              and not exists (select from referrals r where r.id = i.referral_id and r.class = 'probe')
            """, connection))
        {
            command.Parameters.Add(Sql.Parameter(peer));
            command.Parameters.Add(Sql.Parameter(stated.From));
            command.Parameters.Add(Sql.Parameter(stated.Through));
            command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. stated.Held.Select(h => h.Referral).Distinct()] });
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
                receipts.Add((reader.GetString(0), reader.GetGuid(1), reader.GetGuid(2)));
        }
        var now = await clock.NowAsync(cancel);
        foreach (var chunk in receipts.Chunk(100))
        {
            await using var batch = new NpgsqlBatch(connection);
            foreach (var (receipt, answers, referral) in chunk)
                batch.BatchCommands.Add(post.SendReceipt(receipt, peer, answers, referral, now));
            await batch.ExecuteNonQueryAsync(cancel);
        }
        if (receipts.Count > 0)
            signal.Raise();
    }

    static async Task<List<HeldReferral>> HeldAsync(NpgsqlConnection connection, string peer, Guid from, CancellationToken cancel)
    {
        // Of each referral and epoch, up to the first gap.
        await using var command = new NpgsqlCommand(
            """
            select referral_id, epoch, max(seq) from (
              select referral_id, epoch, seq, row_number() over (partition by referral_id, epoch order by seq) as place
              from inbox where iss = $1 and referral_id > $2) m
            where seq = place group by referral_id, epoch order by referral_id, epoch
            """, connection);
        command.Parameters.Add(Sql.Parameter(peer));
        command.Parameters.Add(Sql.Parameter(from));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var held = new List<HeldReferral>();
        while (await reader.ReadAsync(cancel))
            held.Add(new HeldReferral(reader.GetGuid(0), reader.GetInt32(1), reader.GetInt64(2)));
        return held;
    }

    /// <summary>The smallest UUIDv7 of that instant.</summary>
    static Guid FirstIdAt(DateTimeOffset at)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(at).TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[6..].Clear();
        return new Guid(bytes, bigEndian: true);
    }
}
