namespace Hotline.Console.Components;

/// <summary>A running clock. It always says what it is for.</summary>
/// <param name="At">UTC. The deadline, or since when somebody waits.</param>
/// <param name="Until">True: counts down to <paramref name="At"/>, then up. False: counts up from it.</param>
/// <param name="For">"để tiếp nhận".</param>
/// <param name="Overdue">What to say once it has passed: "quá hạn tiếp nhận".</param>
/// <param name="AmberFrom">UTC; from then on it is amber. Null: only when overdue.</param>
/// <param name="Danger">Overdue is red: a P0 that nobody answers for.</param>
public sealed record ClockFace(DateTimeOffset At, bool Until, string For, string Overdue, DateTimeOffset? AmberFrom = null, bool Danger = false);
