using System.Collections.Frozen;

namespace Hotline.Contracts;

/// <summary>Every kind of message between the hub and the agencies (protocol.md, "Kinds").</summary>
public static class Kinds
{
    public const string ReferralSent = "referral.sent";
    public const string ReferralUpdated = "referral.updated";
    public const string RevocationRequested = "referral.revocation-requested";
    public const string NoteAdded = "note.added";
    public const string AnsweredByPhone = "answered-by-phone";
    public const string ConsentWithdrawn = "consent.withdrawn";

    public const string ReferralAcknowledged = "referral.acknowledged";
    public const string ReferralAccepted = "referral.accepted";
    public const string ReferralDeclined = "referral.declined";
    public const string ReferralHandedBack = "referral.handed-back";
    public const string ReferralRevoked = "referral.revoked";
    public const string ReferralClosed = "referral.closed";
    public const string RevocationRefused = "revocation.refused";
    public const string ProgressNoted = "progress.noted";
    public const string EscalationAdvanced = "escalation.advanced";
    public const string ContentOpened = "content.opened";
    public const string ConsentWithdrawalConfirmed = "consent.withdrawal-confirmed";

    public const string ReceiptDelivered = "receipt.delivered";
    public const string MessageRejected = "message.rejected";
    public const string InventoryStated = "inventory.stated";
    public const string Heartbeat = "heartbeat";
    public const string DirectoryPublished = "directory.published";
    public const string CheckpointPublished = "checkpoint.published";
    public const string CheckpointCosigned = "checkpoint.cosigned";

    static readonly FrozenSet<string> FromHub = FrozenSet.Create(
        ReferralSent, ReferralUpdated, RevocationRequested, NoteAdded, AnsweredByPhone, ConsentWithdrawn,
        ReceiptDelivered, MessageRejected, InventoryStated, DirectoryPublished, CheckpointPublished, CheckpointCosigned);

    static readonly FrozenSet<string> FromAgency = FrozenSet.Create(
        NoteAdded, ReferralAcknowledged, ReferralAccepted, ReferralDeclined, ReferralHandedBack, ReferralRevoked,
        ReferralClosed, RevocationRefused, ProgressNoted, EscalationAdvanced, ContentOpened, ConsentWithdrawalConfirmed,
        ReceiptDelivered, MessageRejected, InventoryStated, Heartbeat, CheckpointPublished, CheckpointCosigned);

    static readonly FrozenSet<string> WithoutReceipt = FrozenSet.Create(
        ReceiptDelivered, MessageRejected, InventoryStated, Heartbeat, DirectoryPublished, CheckpointPublished, CheckpointCosigned);

    /// <summary>Whether a message of this kind may come from the hub (true) or from an agency (false).</summary>
    public static bool MaySend(string kind, bool hub) => (hub ? FromHub : FromAgency).Contains(kind);

    /// <summary>
    /// Whether the receiver answers with a receipt. Exactly these kinds are about a referral, carry
    /// <c>epoch</c> and <c>seq</c>, are kept by the sender and are sent again until the receipt is there.
    /// </summary>
    public static bool IsReceipted(string kind) => !WithoutReceipt.Contains(kind);
}
