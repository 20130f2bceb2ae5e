using System.Text.Json.Serialization;

namespace Hotline.Contracts;

/// <summary>Names the code list that a text member is taken from; see <see cref="CodeList"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CodeAttribute(string list) : Attribute
{
    public string List { get; } = list;
}

/// <summary>Greatest length of a text member, in Unicode code points.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MaxAttribute(int length) : Attribute
{
    public int Length { get; } = length;
}

/// <summary>Least and greatest value of a number.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class WithinAttribute(int least, int most) : Attribute
{
    public int Least { get; } = least;

    public int Most { get; } = most;
}

/// <summary>A member that the hotline sets; in a request it is unknown.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SetByHotlineAttribute : Attribute;

/// <summary>
/// The part of a call that belongs to the call itself. Every member is optional: a call is a record from the first ring (R1).
/// </summary>
public record CallSheet
{
    /// <summary>The hotline's reference; only in a file, never taken from a request.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [SetByHotline]
    public string? Reference { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    [Within(0, int.MaxValue)] public int? DurationSeconds { get; init; }
    [Code("channel")] public string? Channel { get; init; }
    [Max(200)] public string? CallerNumber { get; init; }
    [Code("caller-relation")] public string? CallerRelation { get; init; }
    [Max(200)] public string? CallerName { get; init; }
    [Code("language")] public string? Language { get; init; }
    public bool? InterpreterNeeded { get; init; }
    [Code("disposition")] public string? Disposition { get; init; }
    [Max(4000)] public string? Summary { get; init; }

    public override string ToString() => CaseContent.Hidden;
}

/// <summary>A call as an operator logs it: the members of a line of the calls file but <c>id</c>, <c>expected</c>, <c>repeatOf</c>.</summary>
public record Call : CallSheet
{
    public Safety? Safety { get; init; }
    public Consent? Consent { get; init; }
    public Complaint? Complaint { get; init; }
    public IReadOnlyList<Person>? Persons { get; init; }
    public PlaceOfEvent? PlaceOfEvent { get; init; }
    public Trafficking? Trafficking { get; init; }
    [Code("need")] public IReadOnlyList<string>? Needs { get; init; }

    public sealed override string ToString() => CaseContent.Hidden;
}

/// <summary>Contact safety (R5): shown before any number, and it travels with the referral. Null inside = asked, not known.</summary>
public sealed record Safety
{
    public bool? CallerInImmediateDanger { get; init; }
    public bool? SafeToCallBack { get; init; }

    /// <summary><c>HH:MM-HH:MM</c>, several separated by commas, +07:00, every day.</summary>
    [Max(200)] public string? SafeHours { get; init; }
    public bool? VoicemailAllowed { get; init; }
}

public sealed record Consent
{
    [Code("consent-given")] public string? Given { get; init; }
    [Code("consent-by")] public string? By { get; init; }

    /// <summary>Names of agencies; the hub checks them against its rows.</summary>
    [Max(41)] public IReadOnlyList<string>? ScopeAgencies { get; init; }
    [Code("ground")] public string? OverrideGround { get; init; }
}

public sealed record Complaint
{
    /// <summary>An agency, or <c>other</c>; agencies are rows of the hub, so it checks the name.</summary>
    [Max(41)] public string? AgainstAgency { get; init; }
    [Max(400)] public string? UnitName { get; init; }
    [Code("complaint-act")] public IReadOnlyList<string>? Acts { get; init; }

    public override string ToString() => CaseContent.Hidden;
}

public sealed record Person
{
    /// <summary>Given by the hotline, so that a case can name its victim. Never leaves the hub.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? Id { get; init; }
    [Code("person-role")] public string? Role { get; init; }
    [Max(200)] public string? FullName { get; init; }
    public DateOnly? BirthDate { get; init; }
    [Within(1890, 2200)] public int? BirthYear { get; init; }
    [Within(0, 130)] public int? AgeApprox { get; init; }
    [Code("sex")] public string? Sex { get; init; }
    [Code("ethnicity")] public string? Ethnicity { get; init; }
    [Code("country")] public string? Nationality { get; init; }
    [Max(50)] public string? IdNumber { get; init; }
    [Max(200)] public string? Phone { get; init; }
    [Code("situation")] public string? Situation { get; init; }
    [Max(4000)] public string? Notes { get; init; }

    public override string ToString() => CaseContent.Hidden;
}

public sealed record PlaceOfEvent
{
    [Code("province")] public string? ProvinceCode { get; init; }
    [Max(200)] public string? CommuneName { get; init; }
    [Code("country")] public string? Country { get; init; }
    [Code("route")] public string? Route { get; init; }
    [Max(4000)] public string? Detail { get; init; }

    public override string ToString() => CaseContent.Hidden;
}

public sealed record Trafficking
{
    [Code("trafficking-act")] public IReadOnlyList<string>? Acts { get; init; }
    [Code("trafficking-means")] public IReadOnlyList<string>? Means { get; init; }
    [Code("trafficking-purpose")] public IReadOnlyList<string>? Purposes { get; init; }
}
