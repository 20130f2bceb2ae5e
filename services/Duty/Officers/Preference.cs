using Hotline.Contracts;

namespace Hotline.Duty.Officers;

/// <summary>By which channels an officer wants pages of an urgency. P0 ignores it: nothing is quiet then.</summary>
public sealed record Preference
{
    [Code("urgency")] public string? Urgency { get; init; }
    public IReadOnlyList<string>? Channels { get; init; }
}
