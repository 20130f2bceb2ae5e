using System.Threading.Channels;
using Hotline.Contracts;
using Hotline.Hosting.Live;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>
/// The inbox. Purpose: each message takes effect exactly once, together with its receipt. Must stay true: the inbox
/// row, the effect and the receipt are one transaction, and the broker is told only after its commit. Otherwise a
/// message is lost (told too early) or takes effect twice (row apart from effect).
/// </summary>
/// <remarks>
/// Messages that arrive while a transaction runs share the next one: nobody waits for a batch to fill, and under load
/// one commit serves many. A batch that fails is done again one by one, so that one message cannot hold up the others.
/// </remarks>
public sealed class Inbox(
    NpgsqlDataSource database, DataKeys keys, Post post, IReferralParty party, OutboxSignal signal, Changes changes, InboxRush rush, TimeProvider time, ILogger<Inbox> log) : BackgroundService
{
    const int BatchSize = 64;
    const int Attempts = 3;

    /// <summary>What was published together arrives together, one after the other.</summary>
    const double TurnsToGather = 1;
    static readonly TimeSpan LongestMoment = TimeSpan.FromMilliseconds(5);

    sealed record Turn(Received Message, DateTimeOffset Now, TaskCompletionSource<string?> Done);

    readonly Channel<Turn> turns = Channel.CreateUnbounded<Turn>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Completes when the message's effect is committed.</summary>
    /// <returns>Null, or the code to reject the message with: then nothing was changed.</returns>
    public async Task<string?> TakeAsync(Received message, DateTimeOffset now, CancellationToken cancel)
    {
        var turn = new Turn(message, now, new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously));
        await turns.Writer.WriteAsync(turn, cancel);
        return await turn.Done.Task.WaitAsync(cancel);
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var gathering = new Gathering(TurnsToGather, LongestMoment, time);
        var batch = new List<Turn>(BatchSize);
        while (await turns.Reader.WaitToReadAsync(stop))
        {
            await gathering.WaitAsync(stop);
            batch.Clear();
            while (batch.Count < BatchSize && turns.Reader.TryRead(out var turn))
                batch.Add(turn);
            rush.Came(batch.Count);
            await gathering.WorkAsync(batch.Count, () => SettleAsync(batch, stop));
        }
    }

    async Task SettleAsync(List<Turn> batch, CancellationToken stop, int attempt = 1)
    {
        try
        {
            var codes = await WriteAsync(batch, stop);
            for (var i = 0; i < batch.Count; i++)
                batch[i].Done.TrySetResult(codes[i]);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            if (batch.Count == 1 && attempt < Attempts && failure is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
            {
                // Another node was writing the first message of this referral, or this very message: now it is seen.
                await SettleAsync(batch, stop, attempt + 1);
                return;
            }
            if (batch.Count == 1)
            {
                batch[0].Done.TrySetException(failure);
                return;
            }
            log.LogWarning("A batch of {Count} messages failed and is done one by one: {Problem}", batch.Count, failure.GetType().Name);
            foreach (var turn in batch)
                await SettleAsync([turn], stop);
        }
    }

    /// <summary>One transaction for all of them.</summary>
    async Task<string?[]> WriteAsync(List<Turn> batch, CancellationToken cancel)
    {
        if (batch.TrueForAll(t => t.Message.Body is ReferralSent) && await TryWriteUnseenAsync(batch, cancel) is { } written)
            return written;
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var known = await Known.ReadAsync(connection, [.. batch.Select(t => t.Message)], cancel);
        var dataKeys = await KeysAsync(batch, known, cancel);

        var (codes, commands, afterwards) = Compose(batch, known, dataKeys);
        await using var write = new NpgsqlBatch(connection);
        foreach (var command in commands)
            write.BatchCommands.Add(command);
        if (afterwards.Count == 0)
            write.BatchCommands.Add(Sql.Commit());
        if (write.BatchCommands.Count > 0)
            await write.ExecuteNonQueryAsync(cancel);
        foreach (var work in afterwards)
            await work(connection, cancel);
        if (afterwards.Count > 0)
            await transaction.CommitAsync(cancel);
        Tell(batch, sends: afterwards.Count > 0 || commands.Exists(Outbox.IsIn));
        return codes;
    }

    /// <summary>
    /// A referral is nearly always the first word of itself, so nothing is asked first. Where the database knows one of
    /// them after all, its unique keys refuse the whole batch, and the careful way is taken.
    /// </summary>
    /// <returns>Null when nothing was written.</returns>
    async Task<string?[]?> TryWriteUnseenAsync(List<Turn> batch, CancellationToken cancel)
    {
        var known = new Known();
        var (codes, commands, afterwards) = Compose(batch, known, await KeysAsync(batch, known, cancel));
        if (afterwards.Count > 0)
            return null;
        if (commands.Count == 0)
            return codes;
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            // One batch without an explicit transaction is one transaction: it ends with the batch.
            await using var write = new NpgsqlBatch(connection);
            foreach (var command in commands)
                write.BatchCommands.Add(command);
            await write.ExecuteNonQueryAsync(cancel);
        }
        catch (PostgresException seen) when (seen.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return null;
        }
        Tell(batch, sends: commands.Exists(Outbox.IsIn));
        return codes;
    }

    /// <summary>After the commit: whoever has work by it, and the screens. A look for nothing costs what one for something does.</summary>
    void Tell(List<Turn> batch, bool sends)
    {
        if (sends)
            signal.Raise();
        if (batch.Exists(turn => turn.Message.Body is not ReceiptDelivered))
            party.Committed();
        changes.Raise([.. batch.Select(turn => turn.Message.Payload.Referral).OfType<Guid>().Distinct()]);
    }

    (string?[] Codes, List<NpgsqlBatchCommand> Commands, IReadOnlyList<Func<NpgsqlConnection, CancellationToken, Task>> Afterwards) Compose(List<Turn> batch, Known known, Dictionary<Guid, DataKey> dataKeys)
    {
        var codes = new string?[batch.Count];
        var commands = new List<NpgsqlBatchCommand>(batch.Count * 5);
        var changed = new HashSet<ReferralRow>();
        var afterwards = new List<Func<NpgsqlConnection, CancellationToken, Task>>();
        for (var i = 0; i < batch.Count; i++)
            codes[i] = Apply(batch[i], known, dataKeys, commands, changed, afterwards);
        commands.AddRange(changed.Select(row => row.Save()));
        return (codes, Rows.Stack(commands), afterwards);
    }

    async Task<Dictionary<Guid, DataKey>> KeysAsync(List<Turn> batch, Known known, CancellationToken cancel)
    {
        var found = new Dictionary<Guid, DataKey>();
        var existing = await keys.GetAsync([.. known.Referrals.Values.Select(r => r.KeyId).Distinct()], cancel);
        foreach (var referral in batch.Select(t => t.Message.Payload.Referral).OfType<Guid>().Distinct())
        {
            if (!known.Referrals.TryGetValue(referral, out var row))
                found[referral] = await keys.TakeAsync(cancel);
            else if (existing.TryGetValue(row.KeyId, out var key))
                found[referral] = key;
            // Else it was shredded: duplicates still get their receipt, and only what is new is refused.
        }
        return found;
    }

    string? Apply(
        Turn turn, Known known, Dictionary<Guid, DataKey> dataKeys, List<NpgsqlBatchCommand> commands, HashSet<ReferralRow> changed,
        List<Func<NpgsqlConnection, CancellationToken, Task>> afterwards)
    {
        var (message, now, _) = turn;
        if (message.Body is ReceiptDelivered receipt)
            return ApplyReceipt(message, receipt, now, known, dataKeys, commands, changed);

        if (known.Receipts.TryGetValue((message.Sender, message.Payload.Jti), out var stored))
        {
            // A duplicate: at-least-once on the wire. The sender may not have the receipt, so it gets the same one again.
            commands.Add(post.SendReceipt(stored, message.Sender, message.Payload.Jti, message.Referral, now));
            return null;
        }

        if (!dataKeys.TryGetValue(message.Referral, out var key))
            return "referral-shredded";
        var own = new List<NpgsqlBatchCommand>();
        var effects = new Effects(post, key, known.Referrals.GetValueOrDefault(message.Referral), now, own);
        if (effects.Row is { } row && row.Peer != message.Sender)
            return "not-party-to-referral";
        if (party.Receive(message, effects) is { } code)
            return code;

        commands.AddRange(own);
        afterwards.AddRange(effects.Afterwards);
        known.Referrals[message.Referral] = effects.Row!;
        if (effects.Changed)
            changed.Add(effects.Row!);
        commands.Add(Record(message, key, now));
        commands.Add(post.SendReceipt(message.ReceiptJws!, message.Sender, message.Payload.Jti, message.Referral, now));
        known.Receipts[(message.Sender, message.Payload.Jti)] = message.ReceiptJws!;
        return null;
    }

    string? ApplyReceipt(
        Received message, ReceiptDelivered receipt, DateTimeOffset now, Known known,
        Dictionary<Guid, DataKey> dataKeys, List<NpgsqlBatchCommand> commands, HashSet<ReferralRow> changed)
    {
        if (!known.Sent.TryGetValue(receipt.Jti, out var sent))
            return Recover(message, now, known, dataKeys, commands);
        if (sent.Receiver != message.Sender)
            return "receipt-of-another";
        if (sent.Receipted)
            return null; // the second copy of a receipt says nothing new
        if (!sent.BodyHashes.Contains(receipt.Sha256))
            commands.Add(Alarm.Raise("receipt.other-bytes", message.Sender, sent.Referral, receipt.Jti, now));

        known.Sent[receipt.Jti] = sent with { Receipted = true };
        // Withdrawn as never sent, and it arrived all the same: no longer withdrawn.
        commands.Add(Rows.Of(
            """
            update sent_messages s set receipted_at = r.at, receipt = r.receipt, next_send_at = null, withdrawn_at = null
            from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as r(jti, at, receipt) where s.jti = r.jti
            """, receipt.Jti, now, message.Jws));
        if (known.Referrals.TryGetValue(sent.Referral, out var row) && dataKeys.TryGetValue(sent.Referral, out var key))
        {
            var effects = new Effects(post, key, row, now, commands);
            party.Delivered(sent.Kind, message, effects);
            if (effects.Changed)
                changed.Add(row);
        }
        return null;
    }

    string? Recover(Received message, DateTimeOffset now, Known known, Dictionary<Guid, DataKey> dataKeys, List<NpgsqlBatchCommand> commands)
    {
        if (message.Payload.Referral is not { } referral)
            return "receipt-for-unknown-message";
        if (known.Referrals.ContainsKey(referral))
            return null; // brought back already
        var effects = new Effects(post, dataKeys[referral], null, now, commands);
        if (party.Recover(message, effects) is { } code)
            return code;
        known.Referrals[referral] = effects.Row!;
        return null;
    }

    static NpgsqlBatchCommand Record(Received message, DataKey key, DateTimeOffset now) => Rows.Of(
        """
        insert into inbox (iss, jti, kind, referral_id, epoch, seq, body_sha256, key_id, sealed_jws, receipt, received_at)
        select * from unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[], $5::int[], $6::bigint[], $7::bytea[], $8::uuid[], $9::bytea[],
          $10::text[], $11::timestamptz[])
        """,
        message.Sender, message.Payload.Jti, message.Kind, message.Referral, message.Epoch, message.Seq, message.BodySha256,
        key.Id, key.SealSigned(message.Jws, InboxCell.Of(message.Payload.Jti)), message.ReceiptJws, now);
}

/// <summary>Where a received message is sealed to.</summary>
public static class InboxCell
{
    public static CellAddress Of(Guid jti) => new("inbox", jti, "sealed_jws", 1);
}
