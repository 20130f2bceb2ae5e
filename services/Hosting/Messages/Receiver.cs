using System.Text;
using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>
/// Takes a sealed message from the bus to its effect. Purpose: what is good is done once, what is not is kept as it
/// came, reported to its sender with a code, and shown. Must stay true: it returns only when one of these is durable,
/// because then the broker forgets the message.
/// </summary>
public sealed class Receiver(
    Party party, Envelope envelope, KeyDirectories directories, Inbox inbox, Inventory inventory, Post post, StorageKeys storage, NpgsqlDataSource database,
    DatabaseClock clock, OutboxSignal signal, TimeProvider time, IReferralParty referrals, Witness witness, Witnessed witnessed, ILogger<Receiver> log)
{
    /// <summary>A message from the future is opened again when its time has come, or after this long.</summary>
    static readonly TimeSpan HeldFor = TimeSpan.FromSeconds(15);

    readonly RejectionAllowance allowance = new(time);

    /// <summary>Completes when the message has taken effect, or is parked.</summary>
    /// <returns>True when it is held because it comes from the future.</returns>
    public async Task<bool> ReceiveAsync(SealedMessage message, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        var body = message.Body ?? string.Empty;
        var result = envelope.Open(body, message.MessageId, message.To ?? string.Empty, now);
        // The key may be newer than the directory in memory: look once before refusing.
        if (result is OpenResult.Rejected { Code: "unknown-key" } && await directories.RefreshAsync(cancel))
            result = envelope.Open(body, message.MessageId, message.To ?? string.Empty, now);

        switch (result)
        {
            case OpenResult.Opened opened:
                if (await TakeAsync(opened, now, cancel) is { } code)
                    await RejectAsync(code, message.MessageId, opened.Payload.Iss, opened.BodySha256, body, mayAnswer: Kinds.IsReceipted(opened.Payload.Kind), now, cancel);
                break;
            case OpenResult.Early early:
                await ParkAsync("clock.skew", early.Payload.Jti, early.Payload.Iss, early.BodySha256, body, RetryAt(early.Payload, now), answer: null, now, cancel);
                return true;
            case OpenResult.Rejected rejected:
                await RejectAsync(rejected.Code, rejected.Mid ?? message.MessageId, rejected.ClaimedIssuer, rejected.BodySha256, body, mayAnswer: true, now, cancel);
                break;
        }
        return false;
    }

    /// <summary>Two readings of the same clock can lie some hundredths of a second apart: a P0 must not wait for that.</summary>
    static DateTimeOffset RetryAt(MessagePayload payload, DateTimeOffset now) =>
        DateTimeOffset.FromUnixTimeSeconds(payload.Iat) is var due && due - now < HeldFor ? due : now + HeldFor;

    /// <summary>Keeps bytes that are no message at all.</summary>
    public async Task ParkForeignAsync(byte[] bytes, CancellationToken cancel) =>
        await ParkAsync("not-a-message", null, null, Digest.Of(bytes), Encoding.UTF8.GetString(bytes), null, null, await clock.NowAsync(cancel), cancel);

    async Task<string?> TakeAsync(OpenResult.Opened opened, DateTimeOffset now, CancellationToken cancel)
    {
        var payload = opened.Payload;
        if (party.IsHub == (payload.Iss == Parties.Hub) || !Kinds.MaySend(payload.Kind, payload.Iss == Parties.Hub))
            return "kind-not-allowed";
        if (Received.ReadBody(payload) is not { } body)
            return "malformed-body";

        switch (body)
        {
            case ReceiptDelivered receipt:
                if (receipt.Checkpoint is { } checkpoint)
                    await witness.SeeAsync(payload.Iss, checkpoint, now, cancel);
                return await inbox.TakeAsync(new Received(payload, opened.Jws, opened.BodySha256, body, null), now, cancel);
            case MessageRejected rejected:
                await PeerRejectedAsync(payload.Iss, rejected, now, cancel);
                return null;
            case InventoryStated stated:
                await inventory.AnswerAsync(payload.Iss, stated, cancel);
                return null;
            case DirectoryPublished published:
                return await directories.AdoptAsync(published.Directory, cancel);
            case CheckpointPublished asked:
                return await witness.TakeAsync(payload.Iss, asked, DateTimeOffset.FromUnixTimeSeconds(payload.Iat), now, cancel);
            case CheckpointCosigned cosigned:
                return await witnessed.TakeAsync(payload.Iss, cosigned, now, cancel);
            case Heartbeat:
                if (referrals.Beat(payload.Iss, now) is { } beat)
                    await WriteAsync([beat], cancel);
                return null;
        }

        if (payload is not { Referral: not null, Epoch: > 0, Seq: > 0 })
            return "malformed-body";
        var signed = post.SignReceipt(payload, opened.BodySha256, now);
        return await inbox.TakeAsync(new Received(payload, opened.Jws, opened.BodySha256, body, signed), now, cancel);
    }

    Task RejectAsync(
        string code, Guid? mid, string? claimedIssuer, byte[] hash, string body, bool mayAnswer, DateTimeOffset now, CancellationToken cancel)
    {
        // Rejections and receipts are never rejected, and a forged sender cannot make this party flood a real one.
        NpgsqlBatchCommand? answer = null;
        // What is sealed for a key that is no more names no sender; but only the hub can write to an agency's inbox.
        var sender = claimedIssuer ?? (party.IsHub ? null : Parties.Hub);
        if (mayAnswer && sender is not null && sender != party.Name && envelope.Directory.ActiveKey(sender, KeyUse.Encryption, now) is not null
            && allowance.Take(sender, code))
            answer = post.WriteUnordered(sender, Kinds.MessageRejected, new MessageRejected(mid, Digest.Text(hash), code), now);
        log.LogWarning("A message was not opened: {Code} {MessageId}", code, mid);
        return ParkAsync(code, mid, claimedIssuer, hash, body, null, answer, now, cancel);
    }

    Task ParkAsync(
        string code, Guid? mid, string? claimedIssuer, byte[] hash, string body, DateTimeOffset? retryAt,
        NpgsqlBatchCommand? answer, DateTimeOffset now, CancellationToken cancel)
    {
        var id = Guid.CreateVersion7(now);
        List<NpgsqlBatchCommand> commands =
        [
            Sql.Command(
                """
                insert into parked_messages (id, received_at, claimed_issuer, message_id, code, body, body_sha256, retry_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8)
                on conflict (body_sha256, code) do update set retry_at = excluded.retry_at
                where parked_messages.settled_at is null and excluded.retry_at is not null
                """,
                id, now, claimedIssuer, mid, code, storage.SealSecret(Encoding.UTF8.GetBytes(body), ParkedCell.Of(id)), hash, retryAt),
            Alarm.Raise(code == "clock.skew" ? code : $"message.{code}", claimedIssuer, null, mid, now),
        ];
        if (answer is not null)
            commands.Add(answer);
        return WriteAsync(commands, cancel);
    }

    async Task PeerRejectedAsync(string peer, MessageRejected rejected, DateTimeOffset now, CancellationToken cancel)
    {
        if (rejected.Code is "unknown-key" or "expired")
        {
            // Sealed again for the peer's current key; a short wait lets a key directory that is on its way arrive.
            await WriteAsync([Sql.Command(
                "update sent_messages set next_send_at = $3 where jti = $1 and receiver = $2 and receipted_at is null",
                rejected.Mid ?? Guid.Empty, peer, now + TimeSpan.FromSeconds(2))], cancel);
            if (party.IsHub)
                await directories.PublishAsync([peer], cancel);
            return;
        }
        log.LogError("{Peer} rejected message {MessageId}: {Code}", peer, rejected.Mid, rejected.Code);
        await WriteAsync([Alarm.Raise("peer.rejected", peer, null, rejected.Mid, now)], cancel);
    }

    async Task WriteAsync(IEnumerable<NpgsqlBatchCommand> commands, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in commands)
            batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancel);
        signal.Raise();
    }
}
