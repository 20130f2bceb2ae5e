using System.Collections.Frozen;
using System.Text.Json;
using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Sealing;

namespace Hotline.Hosting.Messages;

/// <summary>A message that was opened: signature, audience, keys and times are good.</summary>
/// <param name="Payload">The signed payload.</param>
/// <param name="Jws">The signed message itself: evidence, to be sealed anew.</param>
/// <param name="BodySha256">SHA-256 of the sealed body as received.</param>
/// <param name="Body">The record of the kind.</param>
/// <param name="ReceiptJws">The signed receipt, where the kind asks for one.</param>
public sealed record Received(MessagePayload Payload, string Jws, byte[] BodySha256, object Body, string? ReceiptJws)
{
    public string Kind => Payload.Kind;
    public string Sender => Payload.Iss;
    public Guid Referral => Payload.Referral!.Value;
    public int Epoch => Payload.Epoch!.Value;
    public long Seq => Payload.Seq!.Value;

    /// <summary>The audit record of having received it.</summary>
    public AuditRecord Record(string kind, DateTimeOffset at, string actor) => new()
    {
        Kind = kind, At = at, Actor = actor, Sha256 = Digest.Text(BodySha256), Receipt = ReceiptJws is null ? null : Digest.Text(Digest.Of(ReceiptJws)),
    };

    static readonly FrozenDictionary<string, Type> Bodies = new Dictionary<string, Type>
    {
        [Kinds.ReferralSent] = typeof(ReferralSent),
        [Kinds.ReferralUpdated] = typeof(ReferralUpdated),
        [Kinds.RevocationRequested] = typeof(RevocationRequested),
        [Kinds.NoteAdded] = typeof(NoteAdded),
        [Kinds.AnsweredByPhone] = typeof(AnsweredByPhone),
        [Kinds.ConsentWithdrawn] = typeof(ConsentWithdrawn),
        [Kinds.ReferralAcknowledged] = typeof(ReferralAcknowledged),
        [Kinds.ReferralAccepted] = typeof(ReferralAccepted),
        [Kinds.ReferralDeclined] = typeof(ReferralDeclined),
        [Kinds.ReferralHandedBack] = typeof(ReferralHandedBack),
        [Kinds.ReferralRevoked] = typeof(ReferralRevoked),
        [Kinds.ReferralClosed] = typeof(ReferralClosed),
        [Kinds.RevocationRefused] = typeof(RevocationRefused),
        [Kinds.ProgressNoted] = typeof(ProgressNoted),
        [Kinds.EscalationAdvanced] = typeof(EscalationAdvanced),
        [Kinds.ContentOpened] = typeof(ContentOpened),
        [Kinds.ConsentWithdrawalConfirmed] = typeof(ConsentWithdrawalConfirmed),
        [Kinds.ReceiptDelivered] = typeof(ReceiptDelivered),
        [Kinds.MessageRejected] = typeof(MessageRejected),
        [Kinds.InventoryStated] = typeof(InventoryStated),
        [Kinds.Heartbeat] = typeof(Heartbeat),
        [Kinds.DirectoryPublished] = typeof(DirectoryPublished),
        [Kinds.CheckpointPublished] = typeof(CheckpointPublished),
        [Kinds.CheckpointCosigned] = typeof(CheckpointCosigned),
    }.ToFrozenDictionary();

    /// <summary>The record of a payload, or null where the body is not of its kind's form.</summary>
    public static object? ReadBody(MessagePayload payload)
    {
        if (!Bodies.TryGetValue(payload.Kind, out var type))
            return null;
        try
        {
            return payload.Body.Deserialize(type, Wire.Json);
        }
        catch (JsonException)
        {
            // The exception may quote content; it goes no further.
            return null;
        }
    }
}
