using Hotline.Contracts;
using Hotline.Duty.Calendar;

namespace Hotline.Intake.Watch;

/// <summary>What is late with a referral now, and when to look again; null = nothing of it can be late any more.</summary>
public sealed record Judgement(IReadOnlyList<string> Late, DateTimeOffset? LookAgainAt);

/// <summary>
/// Says what is late: pure, no clock, no storage. Must stay true: an open referral that nobody answers for always has a
/// next look. Otherwise silence is seen by nobody.
/// </summary>
public static class Judging
{
    /// <summary>The broker has not confirmed it.</summary>
    public const string NotSent = "not-sent";

    /// <summary>The agency's receipt is not there.</summary>
    public const string NotDelivered = "not-delivered";

    /// <summary>The agency has told of no page.</summary>
    public const string NotPaged = "not-paged";
    public const string NotAcknowledged = "not-acknowledged";

    /// <summary>Nobody is on duty there, or nothing can be delivered: the hotline telephones at once.</summary>
    public const string NobodyReached = "nobody-reached";

    /// <summary>The time at which the hotline telephones the desk has come.</summary>
    public const string PhoneTheDesk = "phone-the-desk";

    /// <summary>Before the name of a legal clock that is about to pass.</summary>
    public const string Legal = "legal.";

    static readonly TimeSpan SentWithin = TimeSpan.FromSeconds(15);
    static readonly TimeSpan DeliveredWithin = TimeSpan.FromSeconds(60);

    /// <summary>A change of the referral has the watch look at once; this is the net under it.</summary>
    static readonly TimeSpan WhileLate = TimeSpan.FromMinutes(1);

    public static Judgement Judge(WatchedReferral referral, Clocks clocks, DateTimeOffset now)
    {
        if (referral.State.IsFinal() || referral.Class == MessageClass.Probe)
            return new Judgement([], null);
        var limits = Limits(referral, clocks).ToList();
        var late = limits.Where(l => l.At <= now).Select(l => l.Code).ToList();
        var next = limits.Where(l => l.At > now).Select(l => (DateTimeOffset?)l.At).Min();
        if (late.Count > 0)
            next = Earlier(next, now + WhileLate);
        // What changes the limits has the watch look at once; at least once an hour somebody looks all the same.
        return new Judgement(late, Earlier(next, now + TimeSpan.FromHours(1)));
    }

    /// <summary>What must have happened by when, of all that has not.</summary>
    static IEnumerable<(string Code, DateTimeOffset At)> Limits(WatchedReferral referral, Clocks clocks)
    {
        if (!IsAnswered(referral))
        {
            if (referral.State == ReferralState.Queued)
                yield return (NotSent, referral.CreatedAt + SentWithin);
            if (referral.State is ReferralState.Queued or ReferralState.Sent)
                yield return (NotDelivered, referral.CreatedAt + DeliveredWithin);
            foreach (var limit in UntilAnswered(referral, referral.UnansweredSince ?? referral.CreatedAt, clocks))
                yield return limit;
        }
        if (referral.State is not ReferralState.Accepted)
            foreach (var (name, within, before) in LegalClocks.Of(referral.Agency, referral.Urgency, referral.Ground, referral.Unit, clocks))
                yield return (Legal + name, referral.CreatedAt + within - before);
    }

    /// <summary>An answer, written or spoken, and nothing since then that asks for another.</summary>
    static bool IsAnswered(WatchedReferral referral) => referral.UnansweredSince is null
        && (referral.AnsweredAt is not null || referral.State is ReferralState.Acknowledged or ReferralState.Accepted);

    static IEnumerable<(string Code, DateTimeOffset At)> UntilAnswered(WatchedReferral referral, DateTimeOffset since, Clocks clocks)
    {
        if (referral.State == ReferralState.Delivered && referral.FirstPagedAt is null && clocks.Of(referral.Urgency).FirstPageWithin is { } paged)
            yield return (NotPaged, (referral.DeliveredAt ?? referral.CreatedAt) + paged);
        yield return (NotAcknowledged, clocks.AcknowledgeBy(referral.Urgency, since));
        if (referral.UnreachableAt is { } unreachable)
            yield return (NobodyReached, unreachable);
        if (clocks.HotlinePhonesAt(referral.Urgency, since) is { } phones)
            yield return (PhoneTheDesk, phones);
    }

    static DateTimeOffset Earlier(DateTimeOffset? one, DateTimeOffset other) => one is { } at && at < other ? at : other;
}
