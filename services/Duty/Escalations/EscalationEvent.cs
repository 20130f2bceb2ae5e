using Hotline.Duty.Calendar;

namespace Hotline.Duty.Escalations;

/// <summary>What can happen to an escalation: the time, or what a person did.</summary>
public abstract record EscalationEvent
{
    /// <summary>Its time has come. The ladder has been copied, and each step's people looked up.</summary>
    /// <param name="Empty">Steps, from 0, with nobody to page now.</param>
    /// <param name="Clocks">Of the party, on its calendar.</param>
    public sealed record Due(IReadOnlySet<int> Empty, Clocks Clocks) : EscalationEvent;

    public sealed record Acknowledged(Guid By, AnsweredHow How) : EscalationEvent;

    /// <summary>The hotline's operator heard somebody answer on the telephone (R32).</summary>
    public sealed record AnsweredByPhone : EscalationEvent;

    public sealed record ContentOpened : EscalationEvent;

    public sealed record Progressed : EscalationEvent;

    /// <summary>The one who answered cannot see it through.</summary>
    public sealed record HandedBack(DateTimeOffset? AcknowledgeBy) : EscalationEvent;

    public sealed record UrgencyRaised(string Urgency, DateTimeOffset? AcknowledgeBy) : EscalationEvent;

    /// <summary>Another unit has it now: its people are the ones to page.</summary>
    public sealed record Reassigned(string Unit) : EscalationEvent;

    /// <summary>A person does not want to wait for the next step.</summary>
    public sealed record EscalatedNow : EscalationEvent;

    /// <summary>Declined, closed, revoked or settled: nobody has to answer any more.</summary>
    public sealed record Ended : EscalationEvent;
}

/// <summary>Pages to be made for one step.</summary>
/// <param name="AlsoTo">The officer who acknowledged and fell silent is paged as well as those on duty now.</param>
public sealed record PageOrder(int Generation, int Loop, int Step, Guid? AlsoTo);

/// <summary>What became of an event.</summary>
/// <param name="Page">Null where nobody is to be paged now.</param>
/// <param name="Skipped">Steps that had nobody, to be reported.</param>
/// <param name="NobodyReached">Every step was empty: only a call from the hotline helps.</param>
public sealed record EscalationDecision(Escalation Next, PageOrder? Page, IReadOnlyList<int> Skipped, bool NobodyReached);
