using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>
/// Sends again what has no receipt: after 60 s, 5 min, then hourly, without end (protocol.md, "Storing"). Purpose: the
/// broker is never the only one that has a message. Must stay true: same <c>jti</c>, a new envelope for the receiver's
/// present key, a new signature only when the old one has expired.
/// </summary>
public sealed class Resender(
    NpgsqlDataSource database, DataKeys keys, Envelope envelope, Post post, DatabaseClock clock, OutboxSignal signal)
{
    const int BatchSize = 50;

    /// <summary>In place of a number of attempts: the row in the outbox was lost before anything was sent.</summary>
    const int NotSent = -1;
    static readonly TimeSpan SecondPatience = TimeSpan.FromMinutes(5);
    static readonly TimeSpan LaterPatience = TimeSpan.FromHours(1);

    /// <summary>Everything that is due, batch by batch.</summary>
    public async Task ResendAllDueAsync(CancellationToken cancel)
    {
        while (await ResendDueAsync(cancel) == BatchSize)
        {
            // There may be more.
        }
    }

    /// <summary>
    /// What came back from the broker as unroutable goes out again: perhaps there is a place for it now. A receipt or a
    /// rejection has no other way back.
    /// </summary>
    public async Task ReturnParkedAsync(CancellationToken cancel)
    {
        await using var command = database.CreateCommand("update outbox set parked_at = null where parked_at <= hotline_now() - interval '5 minutes'");
        await command.ExecuteNonQueryAsync(cancel);
        signal.Raise();
    }

    /// <summary>
    /// Takes rows over whose body nobody has any more, because the process that held it ended or could not send it: a
    /// message is sent again from what is kept of it, a receipt from the inbox.
    /// </summary>
    public async Task SealAgainAsync(CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        while (await SealReceiptsAgainAsync(now, cancel) == BatchSize)
        {
            // There may be more.
        }
        await using (var command = database.CreateCommand(
            """
            with gone as (
              delete from outbox where id in (
                select id from outbox where body is null and answers is null and not_before <= $1 for update skip locked)
              returning message_id)
            update sent_messages set next_send_at = $1, attempts = $2
            where jti in (select message_id from gone) and next_send_at is not null
            """))
        {
            command.Parameters.Add(Sql.Parameter(now));
            command.Parameters.Add(Sql.Parameter(NotSent));
            await command.ExecuteNonQueryAsync(cancel);
        }
        await ResendAllDueAsync(cancel);
        signal.Raise();
    }

    async Task<int> SealReceiptsAgainAsync(DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        var rows = new List<long>();
        await using (var command = new NpgsqlCommand(
            """
            select o.id, o.receiver, o.answers, o.referral_id, i.receipt from outbox o left join inbox i on i.iss = o.receiver and i.jti = o.answers
            where o.body is null and o.answers is not null and o.not_before <= $1
            order by o.id limit $2 for update of o skip locked
            """, connection))
        {
            command.Parameters.Add(Sql.Parameter(now));
            command.Parameters.Add(Sql.Parameter(BatchSize));
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                rows.Add(reader.GetInt64(0));
                var (receiver, answers, referral) = (reader.GetString(1), reader.GetGuid(2), reader.Maybe<Guid?>(3));
                batch.BatchCommands.Add(
                    reader.Maybe<string>(4) is not { } receipt ? Alarm.Raise("storage.seal-broken", receiver, referral, answers, now)
                    : envelope.Directory.ActiveKey(receiver, KeyUse.Encryption, now) is null ? Alarm.Raise("peer.no-key", receiver, referral, answers, now)
                    : post.SendReceipt(receipt, receiver, answers, referral, now));
            }
        }
        if (rows.Count == 0)
            return 0;
        // Without the receipt, or a key for it, the sender asks again: it goes on sending what has no receipt.
        batch.BatchCommands.Add(Sql.Command("delete from outbox where id = any($1)", rows.ToArray()));
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        return rows.Count;
    }

    sealed record Due(Guid Jti, string Receiver, string Kind, Guid Referral, Guid KeyId, byte[] SealedJws, DateTimeOffset SignedUntil, int Attempts);

    /// <summary>Puts what is due back into the outbox.</summary>
    /// <returns>How many messages were due.</returns>
    public async Task<int> ResendDueAsync(CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var due = await ClaimAsync(connection, now, cancel);
        if (due.Count == 0)
            return 0;
        var dataKeys = await keys.GetAsync([.. due.Select(d => d.KeyId).Distinct()], cancel);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var message in due)
            foreach (var command in Again(message, dataKeys.GetValueOrDefault(message.KeyId), now))
                batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        signal.Raise();
        return due.Count;
    }

    static async Task<List<Due>> ClaimAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancel)
    {
        // What still waits in the outbox needs no second copy.
        await using var command = new NpgsqlCommand(
            """
            select jti, receiver, kind, referral_id, key_id, sealed_jws, signed_until, attempts from sent_messages s
            where next_send_at <= $1 and not exists (select from outbox o where o.message_id = s.jti and o.parked_at is null)
            order by next_send_at limit $2 for update skip locked
            """, connection);
        command.Parameters.Add(Sql.Parameter(now));
        command.Parameters.Add(Sql.Parameter(BatchSize));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var due = new List<Due>();
        while (await reader.ReadAsync(cancel))
            due.Add(new Due(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetGuid(3), reader.GetGuid(4),
                reader.GetFieldValue<byte[]>(5), reader.Time(6), reader.GetInt32(7)));
        return due;
    }

    IEnumerable<NpgsqlBatchCommand> Again(Due message, DataKey? key, DateTimeOffset now)
    {
        var next = now + message.Attempts switch
        {
            NotSent => Post.FirstPatience,
            0 => SecondPatience,
            _ => LaterPatience,
        };
        if (key is null || envelope.Directory.ActiveKey(message.Receiver, KeyUse.Encryption, now) is null)
        {
            yield return Alarm.Raise(key is null ? "message.shredded" : "peer.no-key", message.Receiver, message.Referral, message.Jti, now);
            yield return Sql.Command("update sent_messages set next_send_at = $2 where jti = $1", message.Jti, next);
            yield break;
        }

        string? jws = null;
        try
        {
            jws = key.OpenSigned(message.SealedJws, SentMessages.Cell(message.Jti));
        }
        catch (SealBrokenException)
        {
            // The cell was tampered with or damaged: seen, and out of the way of the others.
        }
        if (jws is null)
        {
            yield return Alarm.Raise("storage.seal-broken", message.Receiver, message.Referral, message.Jti, now);
            yield return Sql.Command("update sent_messages set next_send_at = $2 where jti = $1", message.Jti, next);
            yield break;
        }
        var signedUntil = message.SignedUntil;
        if (signedUntil <= now)
        {
            signedUntil = now + MessagePayload.Lifetime;
            var payload = SignedMessage.PayloadOf(jws);
            jws = envelope.Sign(payload with { Iat = now.ToUnixTimeSeconds(), Exp = signedUntil.ToUnixTimeSeconds() });
        }
        var body = envelope.Seal(jws, message.Jti, message.Receiver, now);
        yield return Sql.Command("delete from outbox where message_id = $1 and parked_at is not null", message.Jti);
        yield return Outbox.Insert(message.Jti, message.Receiver, message.Kind, message.Referral, body);
        yield return Sql.Command(
            """
            update sent_messages set attempts = attempts + 1, next_send_at = $2, signed_until = $3, sealed_jws = $4, body_hashes = array_append(body_hashes, $5)
            where jti = $1
            """,
            message.Jti, next, signedUntil, key.SealSigned(jws, SentMessages.Cell(message.Jti)), Digest.Of(body));
    }
}
