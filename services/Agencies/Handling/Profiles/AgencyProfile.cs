using System.Text.Json;

namespace Hotline.Handling.Profiles;

/// <summary>
/// What makes one agency different from another, as a file: the code is the same for all. Times are ISO 8601
/// durations in .NET form (<c>hh:mm:ss</c>).
/// </summary>
public sealed record AgencyProfile
{
    /// <summary>The party's name, for example <c>border-guard</c>.</summary>
    public required string Name { get; init; }
    public required string NameVi { get; init; }
    public required string NameEn { get; init; }

    /// <summary>False where the list of officers is a sector secret: then a duty title and an alias leave the house (R16).</summary>
    public required bool DiscloseOfficers { get; init; }

    /// <summary>Codes of the provinces that have a desk of their own; others go to the central desk. Null = every province.</summary>
    public IReadOnlyList<string>? ProvinceDesks { get; init; }

    /// <summary>
    /// By when a named officer must have acknowledged, per urgency, where the agency starts with other clocks than the
    /// program's (domain.md, "Urgency and default clocks"); administrators change them later.
    /// </summary>
    public IReadOnlyDictionary<string, TimeSpan> AcknowledgeWithin { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>Desks, office hours and legal clocks that it starts with.</summary>
    public DutyProfile Duty { get; init; } = new();

    /// <exception cref="InvalidDataException">The file is not a profile, or not of this party.</exception>
    public static AgencyProfile Load(string path, string party)
    {
        var profile = JsonSerializer.Deserialize<AgencyProfile>(File.ReadAllBytes(path), JsonSerializerOptions.Web)
            ?? throw new InvalidDataException("The profile is empty.");
        return profile.Name == party ? profile : throw new InvalidDataException($"The profile is of {profile.Name}, the host of {party}.");
    }

    /// <summary>The unit that a referral goes to.</summary>
    public string UnitFor(string? desk, string? province) =>
        desk == "province" && province is not null && (ProvinceDesks is null || ProvinceDesks.Contains(province)) ? province : CentralUnit;

    public const string CentralUnit = "central";
}
