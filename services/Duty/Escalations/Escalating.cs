using Hotline.Duty.Ladders;

namespace Hotline.Duty.Escalations;

/// <summary>
/// The one decision of an escalation: pure, no clock, no storage. Must stay true: while nobody answers there is always a
/// next look (<see cref="Escalation.NextDueAt"/>), and what a person does raises the generation. Otherwise somebody waits
/// for help and nobody is woken, or somebody is woken for what is settled.
/// </summary>
public static class Escalating
{
    /// <param name="now">The database's clock, UTC.</param>
    public static EscalationDecision Decide(Escalation escalation, EscalationEvent happened, DateTimeOffset now)
    {
        if (escalation.Status is EscalationStatus.Ended)
            return Unchanged(escalation);
        return happened switch
        {
            EscalationEvent.Due due => Due(escalation, due, now),
            EscalationEvent.Acknowledged by => To(Answered(escalation, by.By, by.How, now)),
            EscalationEvent.AnsweredByPhone => escalation.Status == EscalationStatus.Acknowledged
                ? Unchanged(escalation) : To(Answered(escalation, null, AnsweredHow.Phone, now)),
            EscalationEvent.ContentOpened => To(Opened(escalation)),
            EscalationEvent.Progressed => To(Progressed(escalation, now)),
            EscalationEvent.HandedBack back => To(Restarted(escalation, now) with
            {
                AckDueAt = back.AcknowledgeBy,
                AcknowledgedBy = null,
                AcknowledgedAt = null,
                AcknowledgedHow = null,
            }),
            EscalationEvent.UrgencyRaised raised => string.CompareOrdinal(raised.Urgency, escalation.Urgency) >= 0
                ? Unchanged(escalation)
                : To(Restarted(escalation, now) with { Urgency = raised.Urgency, AckDueAt = raised.AcknowledgeBy, Policy = null }),
            EscalationEvent.Reassigned assigned => escalation.Status == EscalationStatus.Paging && assigned.Unit != escalation.Unit
                ? To(Restarted(escalation, now) with { Unit = assigned.Unit }) : To(escalation with { Unit = assigned.Unit }),
            EscalationEvent.EscalatedNow => To(Hurried(escalation, now)),
            EscalationEvent.Ended => To(escalation with
            {
                Status = EscalationStatus.Ended,
                Generation = escalation.Generation + 1,
                NextDueAt = null,
                AwaitsOpening = false,
            }),
            _ => throw new InvalidOperationException($"Nobody said what {happened.GetType().Name} does."),
        };
    }

    static EscalationDecision Due(Escalation escalation, EscalationEvent.Due look, DateTimeOffset now)
    {
        if (escalation.NextDueAt is not { } due || due > now)
            return Unchanged(escalation);
        if (escalation.Status is EscalationStatus.Acknowledged or EscalationStatus.Parked)
            escalation = Restarted(escalation, now);
        var steps = escalation.Policy?.Ladder.Steps ?? throw new InvalidOperationException("The ladder has not been copied.");
        // A ladder that was copied cannot lose steps; one that never had this many ends at its last.
        var (first, last) = (Math.Min(escalation.Step, steps.Count - 1), steps.Count - 1);
        var skipped = Enumerable.Range(first, last - first + 1).TakeWhile(look.Empty.Contains).ToList();
        var paged = first + skipped.Count;
        var nobody = paged > last;
        if (nobody)
            paged = last;

        // Counted from now, not from when it was due: after a standstill one step, not all that were missed.
        var next = paged == last
            ? escalation with { Step = last, Loop = escalation.Loop + 1, NextDueAt = look.Clocks.RepageAt(escalation.Urgency, now) }
            : escalation with { Step = paged + 1, NextDueAt = now + steps[paged].Wait };
        var page = nobody ? null : new PageOrder(escalation.Generation, escalation.Loop, paged, escalation.AcknowledgedBy);
        return new EscalationDecision(next, page, skipped, nobody);
    }

    static Escalation Answered(Escalation escalation, Guid? by, AnsweredHow how, DateTimeOffset now)
    {
        var clock = ClockOf(escalation);
        var blind = how != AnsweredHow.Console && clock.OpenWithin is not null;
        return escalation with
        {
            Status = EscalationStatus.Acknowledged,
            Step = 0,
            Loop = 0,
            Generation = escalation.Generation + 1,
            AcknowledgedBy = by,
            AcknowledgedAt = now,
            AcknowledgedHow = how,
            AwaitsOpening = blind,
            ProgressedAt = null,
            NextDueAt = now + (blind ? clock.OpenWithin : clock.ProgressWithin),
        };
    }

    static Escalation Opened(Escalation escalation) => !escalation.AwaitsOpening ? escalation : escalation with
    {
        AwaitsOpening = false,
        NextDueAt = escalation.Status == EscalationStatus.Acknowledged ? escalation.AcknowledgedAt + ClockOf(escalation).ProgressWithin : escalation.NextDueAt,
    };

    /// <summary>Somebody works on it. That ends the watch for silence, and pages that silence had started.</summary>
    static Escalation Progressed(Escalation escalation, DateTimeOffset now) => escalation with
    {
        Status = EscalationStatus.Acknowledged,
        Step = 0,
        Loop = 0,
        Generation = escalation.Generation + (escalation.Status == EscalationStatus.Acknowledged ? 0 : 1),
        AwaitsOpening = false,
        ProgressedAt = now,
        NextDueAt = null,
    };

    static Escalation Restarted(Escalation escalation, DateTimeOffset now) => escalation with
    {
        Status = EscalationStatus.Paging,
        Step = 0,
        Loop = 0,
        Generation = escalation.Generation + 1,
        NextDueAt = now,
        AwaitsOpening = false,
        ProgressedAt = null,
    };

    static Escalation Hurried(Escalation escalation, DateTimeOffset now) => escalation.Status == EscalationStatus.Acknowledged
        ? Restarted(escalation, now) : escalation with { Status = EscalationStatus.Paging, NextDueAt = now };

    static UrgencyClock ClockOf(Escalation escalation) => (escalation.Policy ?? EscalationPolicy.Shipped(escalation.Urgency)).Clock;

    static EscalationDecision To(Escalation next) => new(next, null, [], false);

    static EscalationDecision Unchanged(Escalation escalation) => new(escalation, null, [], false);
}
