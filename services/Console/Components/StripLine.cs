namespace Hotline.Console.Components;

/// <summary>How a step of the strip stands.</summary>
public enum StepLook
{
    /// <summary>Solid line and tick.</summary>
    Done,

    /// <summary>Dashed line and clock.</summary>
    Running,

    /// <summary>Dashed line and triangle.</summary>
    Late,

    /// <summary>As <see cref="Late"/>, and a person is in danger: an overdue P0.</summary>
    Danger,

    /// <summary>Diamond: no connection.</summary>
    Cut,

    /// <summary>Square with cross: declined, revoked.</summary>
    Stopped,

    /// <summary>Dotted ring: still to come.</summary>
    Later,
}

/// <summary>One of the five steps.</summary>
/// <param name="Under">Its time, or what is waited for.</param>
public sealed record StripStep(StepLook Look, string Word, string Under);

/// <summary>A referral as one line: always the same five steps in the same columns, the clock at the right.</summary>
/// <param name="Id">The referral.</param>
/// <param name="Unit">The desk that has it.</param>
public sealed record StripLine(Guid Id, string Agency, string Unit, IReadOnlyList<StripStep> Steps, ClockFace? Clock, string? Href = null);
