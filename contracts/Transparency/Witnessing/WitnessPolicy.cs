using Hotline.Sealing;

namespace Hotline.Transparency;

/// <summary>Who may sign for a log, and whose cosignatures count.</summary>
/// <param name="Witnesses">One key per witness in force; a witness whose key was replaced has two.</param>
public sealed record WitnessPolicy(IReadOnlyList<NoteKey> LogKeys, IReadOnlyList<NoteKey> Witnesses)
{
    /// <summary>A cosignature may be this far ahead of the verifier's clock.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    /// <summary>Three of four, and as near to that as other numbers allow: of fewer than four, all.</summary>
    public static int Quorum(int witnesses) => (3 * witnesses + 3) / 4;

    public int Needed => Quorum(Witnesses.Select(w => w.Name).Distinct().Count());

    /// <summary>The same key stands under two names: one witness would count twice.</summary>
    public bool HasKeyUnderTwoNames => Witnesses.GroupBy(w => Digest.Text(w.PublicKey)).Any(same => same.Select(w => w.Name).Distinct().Count() > 1);

    public bool IsSigned(SignedNote note) => LogKeys.Any(note.IsSignedBy);

    /// <summary>The witnesses, by name, whose cosignature is good and not of the future.</summary>
    public IReadOnlyCollection<string> CosignedBy(SignedNote note, DateTimeOffset now) =>
        [.. Witnesses.Where(w => note.Signatures.Any(s => Cosignature.Verify(note.Text, s, w) is { } at && at <= now + Skew)).Select(w => w.Name).Distinct()];

    public bool IsCosigned(SignedNote note, DateTimeOffset now) => CosignedBy(note, now).Count >= Needed;
}
