namespace Hotline.Transparency;

/// <summary>What a witness remembers of one log: the last checkpoint it cosigned, and what it has to decide by.</summary>
public abstract record WitnessDecision
{
    WitnessDecision()
    {
    }

    /// <summary>Remember this checkpoint on disk, then cosign it.</summary>
    public sealed record Cosign(Checkpoint Head) : WitnessDecision;

    /// <summary>The log believes in another size than the witness remembers; it may ask again from <paramref name="Size"/>.</summary>
    public sealed record AskFrom(long Size) : WitnessDecision;

    /// <summary>Not cosigned. With <paramref name="IsEvidence"/> the log signed two heads that cannot both be true: keep both.</summary>
    public sealed record Refuse(string Code, bool IsEvidence) : WitnessDecision;
}

/// <summary>
/// The rules of a witness (c2sp.org/tlog-witness), as decisions without effects. Must stay true: nothing is cosigned that
/// does not contain all that was cosigned before; otherwise a log could be cut, forked or rewritten with this witness's word.
/// </summary>
public static class WitnessRules
{
    /// <summary>The witness has no memory of this log: it must be enrolled by a person, never by itself.</summary>
    public const string NotEnrolled = "witness.not-enrolled";
    public const string NotSigned = "log.not-signed";
    public const string WrongOrigin = "log.wrong-origin";
    public const string Fork = "log.fork";
    public const string Rollback = "log.rollback";
    public const string Inconsistent = "log.inconsistent";

    /// <param name="head">The last checkpoint cosigned, or that of the enrolment; null where there is none.</param>
    /// <param name="logKeys">The keys that may sign for this log.</param>
    /// <param name="isLater">The log asked after the head was cosigned, for certain: no other request can have overtaken this one.</param>
    public static WitnessDecision Decide(Checkpoint? head, WitnessRequest request, IReadOnlyList<NoteKey> logKeys, bool isLater = false)
    {
        var asked = request.Checkpoint;
        if (!logKeys.Any(request.Note.IsSignedBy))
            return new WitnessDecision.Refuse(NotSigned, IsEvidence: false);
        if (head is null)
            return new WitnessDecision.Refuse(NotEnrolled, IsEvidence: false);
        if (head.Origin != asked.Origin)
            return new WitnessDecision.Refuse(WrongOrigin, IsEvidence: false);
        // Signed and of this log from here on: what does not fit is proof against it. An older head alone does: requests come out of order.
        if (asked.Size < head.Size)
            return isLater ? new WitnessDecision.Refuse(Rollback, IsEvidence: true) : new WitnessDecision.AskFrom(head.Size);
        if (asked.Size == head.Size)
            return asked == head ? new WitnessDecision.Cosign(head) : new WitnessDecision.Refuse(Fork, IsEvidence: true);
        if (request.OldSize != head.Size)
            return new WitnessDecision.AskFrom(head.Size);
        return MerkleTree.Extends(head.Size, asked.Size, head.Root, asked.Root, request.Proof)
            ? new WitnessDecision.Cosign(asked) : new WitnessDecision.Refuse(Inconsistent, IsEvidence: true);
    }
}
