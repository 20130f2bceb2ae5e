using Hotline.Duty.Ladders;

namespace Hotline.Handling.Profiles;

/// <summary>How an agency stands duty, where it starts from; administrators change rosters and ladders later.</summary>
public sealed record DutyProfile
{
    /// <summary>Of the agency, and of desks without their own; <c>08:00-17:00</c>, spans separated by commas. Null = 08:00 to 17:00.</summary>
    public string? OfficeHours { get; init; }

    /// <summary>What a provincial desk is called; the province's name follows. Null where each desk has a name of its own.</summary>
    public string? ProvinceDeskName { get; init; }

    /// <summary>Desks that differ from the rest.</summary>
    public IReadOnlyList<DeskProfile> Desks { get; init; } = [];

    /// <summary>Clocks of the law that bind this agency.</summary>
    public IReadOnlyList<LegalClock> LegalClocks { get; init; } = [];
}

/// <param name="Unit"><c>central</c> or a province code.</param>
/// <param name="Staffed"><c>24x7</c>, or <c>office</c>: at night the national desk takes over.</param>
/// <param name="OfficeHours">Null = the agency's.</param>
public sealed record DeskProfile(string Unit, string Name, string Staffed, string? OfficeHours);
