using Hotline.Duty.Escalations;

namespace Hotline.Duty.Channels;

/// <summary>What became of a page on its way out.</summary>
/// <param name="Reason">A stable code where it failed or was not sent.</param>
/// <param name="ReportWithin">A delivery report must be there by then, or it counts as failed; null = none is to be expected.</param>
public sealed record SendOutcome(string State, string? Reason, string? Gateway, TimeSpan? ReportWithin)
{
    public static SendOutcome Accepted(string? gateway, TimeSpan? reportWithin) => new(AttemptStates.Accepted, null, gateway, reportWithin);

    public static SendOutcome Failed(string reason) => new(AttemptStates.Failed, reason, null, null);

    public static SendOutcome NotSent(string reason) => new(AttemptStates.NotSent, reason, null, null);
}

/// <summary>A page with its words, ready to leave.</summary>
/// <param name="Key">The same for each try.</param>
public sealed record OutgoingPage(Guid Key, string Channel, string Address, string Subject, string Text, bool Exercise);
