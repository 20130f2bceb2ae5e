using Hotline.Console.Components;
using Hotline.Duty.Calendar;
using Hotline.Intake.Watch;

namespace Hotline.Intake.Desk;

/// <summary>What a referral waits for.</summary>
public enum Waiting
{
    /// <summary>The agency's system has not confirmed that it has it.</summary>
    Delivery,

    /// <summary>Nobody answers for it by name.</summary>
    Acknowledgement,

    /// <summary>The officer has it; the next progress note.</summary>
    Progress,

    /// <summary>Declined: somebody at the desk must take it (R22).</summary>
    Desk,

    /// <summary>Over.</summary>
    Nothing,
}

/// <summary>When a clock of the law passes, and from when on the desk is told (UTC).</summary>
public sealed record LegalLimit(string Name, DateTimeOffset At, DateTimeOffset AlarmAt);

/// <summary>
/// How a referral stands: the looks of its five steps, what it waits for and until when. Pure: facts, clocks and an
/// instant in. A person is needed where something is overdue, cut off, declined, in the last third of its time, or near
/// the end of a clock of the law.
/// </summary>
public sealed record Standing(Waiting Waiting, DateTimeOffset Due, DateTimeOffset? AmberFrom, bool Overdue, bool NeedsPerson, IReadOnlyList<StepLook> Looks)
{
    /// <summary>After that long without a receipt the operator is told (R33).</summary>
    public static TimeSpan DeliveryWithin { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Red: a P0 that nobody answers for in time.</summary>
    public bool Danger { get; private init; }

    /// <summary>The clock of the law that passes first, once its alarm is due; null = none.</summary>
    public LegalLimit? Law { get; private init; }

    /// <summary>What passes first, of what it waits for and of the law.</summary>
    public DateTimeOffset FirstDue => Law?.At < Due ? Law.At : Due;

    public static Standing Of(DeskReferral facts, Clocks clocks, DateTimeOffset now)
    {
        var (waiting, since, due) = WaitsFor(facts, clocks);
        var overdue = waiting is not (Waiting.Nothing or Waiting.Desk) && now >= due;
        var amber = waiting is Waiting.Acknowledgement or Waiting.Progress ? since + (due - since) * 2 / 3 : (DateTimeOffset?)null;
        var danger = overdue && facts.Urgency == "P0" && (waiting is Waiting.Delivery or Waiting.Acknowledgement);
        var law = LawOf(facts, clocks).Where(limit => now >= limit.AlarmAt).MinBy(limit => limit.At);
        var needed = overdue || waiting == Waiting.Desk || (waiting == Waiting.Acknowledgement && now >= amber) || facts.RevocationRefused || law is not null;
        return new Standing(waiting, due, amber, overdue, needed, LooksOf(facts, waiting, overdue, danger)) { Danger = danger, Law = law };
    }

    /// <summary>Until the agency has accepted it, as the watch counts (<see cref="Watch.Judging"/>).</summary>
    static IEnumerable<LegalLimit> LawOf(DeskReferral facts, Clocks clocks) => facts.State is not ("queued" or "sent" or "delivered" or "acknowledged") ? []
        : LegalClocks.Of(facts.Agency, facts.Urgency, facts.Ground, facts.Unit, clocks)
            .Select(clock => new LegalLimit(clock.Name, facts.CreatedAt + clock.Within, facts.CreatedAt + clock.Within - clock.AlarmBefore));

    static (Waiting Waiting, DateTimeOffset Since, DateTimeOffset Due) WaitsFor(DeskReferral facts, Clocks clocks) => facts.State switch
    {
        "closed" or "revoked" => (Waiting.Nothing, facts.CreatedAt, DateTimeOffset.MaxValue),
        "declined" => (Waiting.Desk, facts.DeclinedAt ?? facts.CreatedAt, facts.DeclinedAt ?? facts.CreatedAt),
        "queued" or "sent" => (Waiting.Delivery, facts.CreatedAt, facts.CreatedAt + DeliveryWithin),
        "delivered" or "acknowledged" or "accepted" when facts.UnansweredSince is { } since => (Waiting.Acknowledgement, since, clocks.AcknowledgeBy(facts.Urgency, since)),
        "delivered" when facts.AnsweredByPhoneAt is null =>
            (Waiting.Acknowledgement, facts.DeliveredAt ?? facts.CreatedAt, clocks.AcknowledgeBy(facts.Urgency, facts.DeliveredAt ?? facts.CreatedAt)),
        _ => Progress(facts, clocks),
    };

    static (Waiting, DateTimeOffset, DateTimeOffset) Progress(DeskReferral facts, Clocks clocks)
    {
        var since = facts.ProgressAt ?? facts.AcknowledgedAt ?? facts.AnsweredByPhoneAt ?? facts.CreatedAt;
        return clocks.SilentAt(facts.Urgency, since) is { } due ? (Waiting.Progress, since, due) : (Waiting.Nothing, since, DateTimeOffset.MaxValue);
    }

    static StepLook[] LooksOf(DeskReferral facts, Waiting waiting, bool overdue, bool danger)
    {
        var late = danger ? StepLook.Danger : StepLook.Late;
        var cut = overdue && waiting == Waiting.Delivery;
        var sent = facts.SentAt is not null || facts.DeliveredAt is not null ? StepLook.Done : cut ? StepLook.Cut : StepLook.Running;
        var delivered = facts.DeliveredAt is not null ? StepLook.Done : sent != StepLook.Done ? StepLook.Later : cut ? StepLook.Cut : StepLook.Running;
        var acknowledged = waiting == Waiting.Acknowledgement ? overdue ? late : StepLook.Running
            : facts.AcknowledgedAt is not null || facts.AcceptedAt is not null || facts.AnsweredByPhoneAt is not null ? StepLook.Done : StepLook.Later;
        var accepted = facts.AcceptedAt is not null ? StepLook.Done
            : facts.State is "declined" or "revoked" ? StepLook.Stopped
            : acknowledged == StepLook.Done ? StepLook.Running : StepLook.Later;
        return [StepLook.Done, sent, delivered, acknowledged, accepted];
    }
}
