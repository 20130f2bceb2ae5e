using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>
/// Writes messages. Purpose: what a transaction has to say to a peer is signed, sealed and put into its own batch.
/// Must stay true: the outbox and the sent messages change in the transaction of the change that they report, and
/// nothing unsealed is handed to either. Otherwise a hand-over is claimed that was never sent, or content leaks.
/// </summary>
public sealed class Post(Party party, PartyState state, Envelope envelope, OutboxBodies bodies, CosignedHead cosigned, TimeProvider time)
{
    /// <summary>After this long without a receipt the message is sent again.</summary>
    public static TimeSpan FirstPatience { get; } = TimeSpan.FromSeconds(60);

    /// <summary>A message about a referral: it takes the next seq, is kept, and is sent again until its receipt is there.</summary>
    /// <returns>The message's id and the SHA-256 of its sealed body, for history and audit.</returns>
    public (Guid Jti, byte[] Sha256) Write<TBody>(
        ReferralRow referral, DataKey key, string kind, TBody body, DateTimeOffset now, ICollection<NpgsqlBatchCommand> batch)
    {
        var epoch = state.Epoch;
        (referral.SentEpoch, referral.SentSeq) = referral.SentEpoch == epoch ? (epoch, referral.SentSeq + 1) : (epoch, 1);
        var jti = NewId();
        var heading = new MessageHeading(party.Name, referral.Peer, jti, now, kind, referral.Class, referral.Id, epoch, referral.SentSeq);
        var jws = envelope.Sign(heading, body);
        var sealedBody = envelope.Seal(jws, jti, referral.Peer, now);
        var hash = Digest.Of(sealedBody);

        batch.Add(Rows.Of(
            """
            insert into sent_messages (jti, receiver, kind, referral_id, epoch, seq, key_id, sealed_jws, signed_until, body_hashes, created_at, next_send_at)
            select jti, receiver, kind, referral_id, epoch, seq, key_id, sealed_jws, signed_until, array[hash], created_at, next_send_at
            from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::int[], $6::bigint[], $7::uuid[], $8::bytea[], $9::timestamptz[], $10::bytea[],
              $11::timestamptz[], $12::timestamptz[])
              as m(jti, receiver, kind, referral_id, epoch, seq, key_id, sealed_jws, signed_until, hash, created_at, next_send_at)
            """,
            jti, referral.Peer, kind, referral.Id, epoch, referral.SentSeq, key.Id,
            key.SealSigned(jws, SentMessages.Cell(jti)), now + MessagePayload.Lifetime, hash, now, now + FirstPatience));
        batch.Add(ToOutbox(jti, referral.Peer, kind, referral.Id, null, sealedBody, now));
        return (jti, hash);
    }

    /// <summary>A signed receipt. It depends on nothing but the message, so it is made before any lock is taken.</summary>
    public string SignReceipt(MessagePayload received, byte[] bodySha256, DateTimeOffset now) => envelope.Sign(
        new MessageHeading(party.Name, received.Iss, NewId(), now, Kinds.ReceiptDelivered, received.Class, received.Referral, null, null),
        new ReceiptDelivered(received.Jti, Digest.Text(bodySha256), cosigned.Note));

    /// <summary>Puts a signed receipt, new or stored, into the outbox.</summary>
    /// <param name="answers">The message that it answers, which is in the inbox with it.</param>
    public NpgsqlBatchCommand SendReceipt(string receiptJws, string to, Guid answers, Guid? referral, DateTimeOffset now)
    {
        var (mid, until) = SignedMessage.HeadOf(receiptJws);
        if (until <= now)
        {
            // Stored longer than a signature is good for: the same receipt, signed again.
            var payload = SignedMessage.PayloadOf(receiptJws);
            receiptJws = envelope.Sign(payload with { Iat = now.ToUnixTimeSeconds(), Exp = (now + MessagePayload.Lifetime).ToUnixTimeSeconds() });
        }
        return ToOutbox(mid, to, Kinds.ReceiptDelivered, referral, answers, envelope.Seal(receiptJws, mid, to, now), now);
    }

    /// <summary>A message that carries no order and asks for no receipt.</summary>
    public NpgsqlBatchCommand WriteUnordered<TBody>(string to, string kind, TBody body, DateTimeOffset now)
    {
        var jti = NewId();
        var jws = envelope.Sign(new MessageHeading(party.Name, to, jti, now, kind, party.Class, null, null, null), body);
        return Outbox.Insert(jti, to, kind, null, envelope.Seal(jws, jti, to, now));
    }

    /// <summary>Of what is kept beside the outbox: it can be sealed again, so its body is stored only where it may have to wait.</summary>
    NpgsqlBatchCommand ToOutbox(Guid messageId, string receiver, string kind, Guid? referral, Guid? answers, string sealedBody, DateTimeOffset now) =>
        Outbox.LeavesAtOnce(kind) && bodies.Keep(messageId, sealedBody)
            ? Outbox.InsertAtHand(messageId, receiver, kind, referral, answers, now)
            : Outbox.Insert(messageId, receiver, kind, referral, sealedBody);

    Guid NewId() => Guid.CreateVersion7(time.GetUtcNow());
}
