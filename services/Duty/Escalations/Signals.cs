using Hotline.Hosting.Messages;

namespace Hotline.Duty.Escalations;

/// <summary>Wakes the engine after a commit that made something due; the round of a second is the net under it.</summary>
public sealed class EscalationSignal : WakeSignal;

/// <summary>Wakes the sender of P0 pages after a commit that ordered some.</summary>
public sealed class UrgentPageSignal : WakeSignal;

/// <summary>Wakes the sender of all other pages after a commit that ordered some.</summary>
public sealed class PageSignal : WakeSignal;
