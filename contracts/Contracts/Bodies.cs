using System.Text.Json.Serialization;

namespace Hotline.Contracts;

// The record inside each kind of message. README.md lists who sends which, to whom, when.

/// <summary>Who acted at an agency. Where the agency keeps its list secret, <see cref="Name"/> is null (R16).</summary>
/// <param name="Alias">Stable pseudonym of the officer within the agency.</param>
/// <param name="Title">Duty title, for example <c>trực ban hình sự</c>.</param>
/// <param name="Unit"><c>central</c> or a province code.</param>
/// <param name="Name">The officer's name, where the agency discloses it.</param>
public sealed record Officer(string Alias, string? Title, string? Unit, string? Name);

/// <summary>Creates the referral at the agency.</summary>
public sealed record ReferralSent
{
    public required string Reference { get; init; }
    public required string CaseCode { get; init; }
    public required string Urgency { get; init; }
    public string? ProvinceCode { get; init; }

    /// <summary>Which list of provinces the code is from: codes were reused in 2025.</summary>
    public string? ProvinceList { get; init; }
    public required string Desk { get; init; }
    public required string Purpose { get; init; }
    public string? Ground { get; init; }
    public required DateTimeOffset ReferredAt { get; init; }
    public required CaseFile File { get; init; }

    public override string ToString() => CaseContent.Hidden;
}

/// <summary>A new version of the file. A raised urgency starts the ladder again.</summary>
/// <param name="Changed">The members of the file that differ from the version before.</param>
public sealed record ReferralUpdated(string Urgency, IReadOnlyList<string> Changed, CaseFile File, DateTimeOffset At)
{
    public override string ToString() => CaseContent.Hidden;
}

public sealed record RevocationRequested(string Reason, DateTimeOffset At)
{
    public override string ToString() => CaseContent.Hidden;
}

public sealed record NoteAdded(string Text, Officer By, DateTimeOffset At)
{
    public override string ToString() => CaseContent.Hidden;
}

/// <summary>A spoken answer: a fact beside the state (R32).</summary>
public sealed record AnsweredByPhone(string Person, string? Unit, string? Number, DateTimeOffset At, string RecordedBy)
{
    public override string ToString() => CaseContent.Hidden;
}

public sealed record ConsentWithdrawn(string Scope, DateTimeOffset At);

/// <summary>What every message of an agency about a referral carries: the agency's state after it.</summary>
public interface IAgencyReport
{
    ReferralState State { get; }
    DateTimeOffset At { get; }
    Officer? By { get; }
}

public sealed record ReferralAcknowledged(ReferralState State, Officer? By, DateTimeOffset At) : IAgencyReport;

public sealed record ReferralAccepted(ReferralState State, Officer? By, DateTimeOffset At) : IAgencyReport;

public sealed record ReferralDeclined(
    ReferralState State, Officer? By, DateTimeOffset At, string ReasonCode, string? Text, string? BetterAgency) : IAgencyReport
{
    public override string ToString() => CaseContent.Hidden;
}

public sealed record ReferralHandedBack(ReferralState State, Officer? By, DateTimeOffset At, string Reason) : IAgencyReport
{
    public override string ToString() => CaseContent.Hidden;
}

public sealed record ReferralRevoked(ReferralState State, Officer? By, DateTimeOffset At) : IAgencyReport;

public sealed record ReferralClosed(
    ReferralState State, Officer? By, DateTimeOffset At, string Outcome, string? Text) : IAgencyReport
{
    public override string ToString() => CaseContent.Hidden;
}

public sealed record RevocationRefused(ReferralState State, Officer? By, DateTimeOffset At) : IAgencyReport;

public sealed record ProgressNoted(ReferralState State, Officer? By, DateTimeOffset At, string Text) : IAgencyReport
{
    public override string ToString() => CaseContent.Hidden;
}

/// <summary>How far the ladder has come (R30).</summary>
/// <param name="Step">From 1.</param>
/// <param name="Result"><c>paging</c>, <c>nobody-reached</c>, <c>results</c> of pages that were told before, or <c>undelivered</c>: results, and none of a step got through.</param>
public sealed record EscalationAdvanced(
    ReferralState State, Officer? By, DateTimeOffset At, int Step, string? Target, string? Channel, string? Result) : IAgencyReport
{
    /// <summary>Steps that had nobody and were passed over at once.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Skipped { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PageShown>? Pages { get; init; }
}

/// <summary>One page as the hub may see it.</summary>
/// <param name="Target">Alias of the officer, or the name of a desk's telephone.</param>
/// <param name="State">For example <c>delivered</c>.</param>
/// <param name="Reason">Why it failed or was not sent.</param>
public sealed record PageShown(string Target, string Channel, string State, string? Reason);

public sealed record ContentOpened(ReferralState State, Officer? By, DateTimeOffset At, int FileVersion) : IAgencyReport;

public sealed record ConsentWithdrawalConfirmed(ReferralState State, Officer? By, DateTimeOffset At) : IAgencyReport;

/// <summary>Signed proof that a message is on the receiver's disk.</summary>
/// <param name="Jti">The message received.</param>
/// <param name="Sha256">SHA-256 of the JWE as received, base64url without padding.</param>
/// <param name="Checkpoint">The sender's latest cosigned log checkpoint (c2sp.org/tlog-checkpoint), so that a log with two faces shows; null before the first.</param>
public sealed record ReceiptDelivered(
    Guid Jti, string Sha256, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Checkpoint = null);

/// <summary>Why a message could not be opened. <c>unknown-key</c> and <c>expired</c> make the sender seal again.</summary>
/// <param name="Mid">The message's id, where it could be read.</param>
/// <param name="Sha256">SHA-256 of the bytes, base64url without padding.</param>
public sealed record MessageRejected(Guid? Mid, string Sha256, string Code);

/// <summary>
/// What the sender holds of the receiver's messages, for the referrals whose id lies above <see cref="From"/> and up to
/// and including <see cref="Through"/>. A referral in that range that is not listed is not held at all.
/// </summary>
public sealed record InventoryStated(Guid From, Guid Through, IReadOnlyList<HeldReferral> Held);

/// <summary>The last (epoch, seq) up to which nothing is missing.</summary>
public sealed record HeldReferral(Guid Referral, int Epoch, long Seq);

public sealed record Heartbeat(DateTimeOffset At);

/// <param name="Directory">The signed key directory (JWS).</param>
public sealed record DirectoryPublished(string Directory);

/// <summary>A log asks a witness for its cosignature.</summary>
/// <param name="Request">The text that c2sp.org/tlog-witness posts to <c>add-checkpoint</c>.</param>
/// <param name="Reopening">After a restore, until the witness has taken up the new log: two persons' signed word for it.</param>
public sealed record CheckpointPublished(
    string Request, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reopening = null);

/// <summary>A witness answers; exactly one of <see cref="Signature"/>, <see cref="AskFrom"/> and <see cref="Code"/> is set.</summary>
/// <param name="Origin">Of the checkpoint asked about.</param>
/// <param name="Size">Of the checkpoint asked about.</param>
/// <param name="Signature">The cosignature's line with its newline (c2sp.org/tlog-cosignature).</param>
/// <param name="Code">Why it does not cosign, for example <c>log.fork</c>.</param>
/// <param name="AskFrom">The size that the witness remembers; it wants the proof from there.</param>
/// <param name="Held">The signed checkpoint that the one asked about cannot be true beside.</param>
public sealed record CheckpointCosigned(string Origin, long Size, string? Signature, string? Code, long? AskFrom, string? Held);

/// <summary>One group of members left out of a file, and why (R14).</summary>
public sealed record WithheldGroup(string Group, string Reason);

/// <summary>The file as one agency receives it; member names are those of the calls file (http.md, "Agency").</summary>
public sealed record CaseFile
{
    public required int FileVersion { get; init; }
    public required CallSheet Call { get; init; }
    public IReadOnlyList<Person> Persons { get; init; } = [];
    public PlaceOfEvent? PlaceOfEvent { get; init; }
    public Trafficking? Trafficking { get; init; }
    public IReadOnlyList<string> Needs { get; init; } = [];
    public Safety? Safety { get; init; }
    public Consent? Consent { get; init; }
    public Complaint? Complaint { get; init; }
    public IReadOnlyList<WithheldGroup> Withheld { get; init; } = [];
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>Earlier calls on the same case, oldest first, so that nobody is asked twice (R7).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<CallSheet>? EarlierCalls { get; init; }

    public override string ToString() => CaseContent.Hidden;
}

/// <summary>What case content says when it is printed: nothing.</summary>
static class CaseContent
{
    public const string Hidden = "[case content]";
}
