using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>What a verification comes to; the number is the command's exit code.</summary>
public enum VerdictOutcome
{
    Sound = 0,
    Tampered = 1,
    CannotDecide = 2,
}

/// <summary>One thing that is not as it should be.</summary>
/// <param name="Code">Stable, for example <c>leaf.changed</c>.</param>
/// <param name="At">Where: an index of the log, an id of a row, an origin.</param>
public sealed record Finding(string Code, string At);

/// <summary>The result of reading a whole log.</summary>
/// <param name="Leaves">How many leaves were read.</param>
/// <param name="Checkpoints">How many signed checkpoints agree with them.</param>
/// <param name="Shredded">Leaves whose commitment can no longer be opened because the case was shredded; they count as sound.</param>
/// <param name="Waiting">Records that the sequencer has not come to yet.</param>
/// <param name="Findings">What was found, at most the first hundred; none where all is sound.</param>
/// <param name="Doubts">Why it cannot be decided; none where it can.</param>
public sealed record Verdict(
    long Leaves, long Checkpoints, long Shredded, long Waiting, string? LastOrigin, long LastSize, IReadOnlyList<Finding> Findings, IReadOnlyList<Finding> Doubts)
{
    public VerdictOutcome Outcome =>
        Findings.Count > 0 ? VerdictOutcome.Tampered : Doubts.Count > 0 ? VerdictOutcome.CannotDecide : VerdictOutcome.Sound;

    /// <summary>
    /// Puts a verification on record. Who changed a log can also have it take no more records: what was found is told all the same,
    /// and nothing is called sound that left no record.
    /// </summary>
    public async Task<Verdict> RecordedAsync(Func<Task> record)
    {
        try
        {
            await record();
            return this;
        }
        catch (NpgsqlException refused)
        {
            return this with { Doubts = [.. Doubts, new Finding("verification.unrecorded", refused.Message)] };
        }
    }
}

/// <summary>Collects findings: all are counted, the first hundred are kept, so that a ruined log does not fill the memory.</summary>
sealed class Findings
{
    const int Kept = 100;

    readonly List<Finding> kept = [];

    public IReadOnlyList<Finding> All => kept;

    public void Add(string code, object at)
    {
        if (kept.Count < Kept)
            kept.Add(new Finding(code, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{at}")));
    }
}
