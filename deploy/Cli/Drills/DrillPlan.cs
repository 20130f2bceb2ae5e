namespace Hotline.Cli.Drills;

/// <summary>What the officers make of a referral.</summary>
enum Fate
{
    Acts,
    ActsLate,
    Declines,
    HandsBack,

    /// <summary>The agency's officers do not answer.</summary>
    Unanswered,
}

/// <summary>Who does what, when: decided beforehand, by the file and the seed alone.</summary>
sealed class DrillPlan
{
    const double LateShare = 0.2;
    const double DecliningShare = 0.1;

    readonly Dictionary<(string Call, string Agency), Fate> fates;
    readonly HashSet<string> last;
    readonly int seed;
    readonly string? silent;

    DrillPlan(Dictionary<(string, string), Fate> fates, HashSet<string> last, int seed, string? silent) =>
        (this.fates, this.last, this.seed, this.silent) = (fates, last, seed, silent);

    /// <param name="silent">The agency whose officers do not answer.</param>
    public static DrillPlan Of(IReadOnlyList<DrillCall> calls, int seed, string? silent = null)
    {
        // The first call that names an agency for a matter makes the referral; later ones bring it up to date.
        var referrals = calls.SelectMany(call => call.Agencies.Select(agency => (call.Matter, Call: call.Id, Agency: agency)))
            .DistinctBy(referral => (referral.Matter, referral.Agency)).Select(referral => (referral.Call, referral.Agency)).ToArray();
        new Random(seed).Shuffle(referrals);
        var declining = 1 + (int)Math.Ceiling(referrals.Length * DecliningShare);
        var late = declining + (int)Math.Ceiling(referrals.Length * LateShare);
        var fates = referrals.Index().ToDictionary(
            referral => referral.Item,
            referral => referral.Index == 0 ? Fate.HandsBack : referral.Index < declining ? Fate.Declines : referral.Index < late ? Fate.ActsLate : Fate.Acts);
        return new DrillPlan(fates, [.. calls.GroupBy(call => call.Matter).Select(calls => calls.Last().Id)], seed, silent);
    }

    public Fate FateOf(string call, string agency) => agency == silent ? Fate.Unanswered : fates.GetValueOrDefault((call, agency), Fate.Acts);

    /// <summary>Whether the file holds no further call about the same matter.</summary>
    public bool IsLast(DrillCall call) => last.Contains(call.Id);

    /// <summary>How long the duty officer lets a referral wait.</summary>
    public TimeSpan PauseBefore(string call, string agency)
    {
        // string.GetHashCode differs from run to run.
        var own = new Random((call + agency).Aggregate(seed, (sum, letter) => unchecked(sum * 31 + letter)));
        return FateOf(call, agency) == Fate.ActsLate ? TimeSpan.FromSeconds(2 + 4 * own.NextDouble()) : TimeSpan.FromMilliseconds(50 + 450 * own.NextDouble());
    }
}
