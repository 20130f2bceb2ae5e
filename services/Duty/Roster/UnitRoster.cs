using System.Text.Json;
using Hotline.Contracts;
using Hotline.Duty.Calendar;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary>
/// Who is on duty at one desk, by rule: a document with a version and a date from which it holds. Overrides stand beside
/// it, so that a planned absence does not rewrite the rule.
/// </summary>
public sealed record UnitRoster
{
    /// <summary><c>central</c> or a province code.</summary>
    [Max(41)] public string? Unit { get; init; }
    [Max(200)] public string? Name { get; init; }

    /// <summary>IANA name: where midnight and the office hours of the desk are.</summary>
    [Max(64)] public string? TimeZone { get; init; }

    /// <summary>Of this desk, where they differ from the party's; <c>08:00-17:00</c>.</summary>
    [Max(100)] public string? OfficeHours { get; init; }

    /// <summary><c>24x7</c>, or <c>office</c>: then nobody is expected here at night, and the central desk takes over.</summary>
    [Max(10)] public string? Staffed { get; init; }
    public IReadOnlyList<Layer>? Layers { get; init; }
    public IReadOnlyList<Landline>? Landlines { get; init; }

    /// <summary>From when it holds; in a change, null or past = from now.</summary>
    public DateTimeOffset? ValidFrom { get; init; }

    public const string Always = "24x7";
    public const string Office = "office";

    public DayClass ClassOf(DateTimeOffset at, IReadOnlyCollection<CalendarDay> calendar) =>
        DayClasses.Of(at, TimeZone!, calendar, Calendar.OfficeHours.Parse(OfficeHours ?? string.Empty));

    /// <summary>User names of those whom the rule names for a layer at an instant; overrides not counted.</summary>
    public IReadOnlyList<string> ByRule(string layer, DateTimeOffset at, IReadOnlyCollection<CalendarDay> calendar)
    {
        var found = Layers?.FirstOrDefault(l => l.Name == layer);
        if (found?.Rotations is null)
            return [];
        var day = ClassOf(at, calendar).ToText();
        return [.. found.Rotations.Where(r => r.HoldsOn(day)).Select(r => r.OfficerAt(at, TimeZone!)).OfType<string>().Distinct()];
    }

    public static UnitRoster Empty(string unit) => new() { Unit = unit, TimeZone = ZonedTime.HaNoi, Staffed = Always, Layers = [], Landlines = [] };

    public static UnitRoster FromJson(string json) => JsonSerializer.Deserialize<UnitRoster>(json, Wire.Json)!;

    /// <summary>Inserts nothing where the version does not follow the newest.</summary>
    public static NpgsqlBatchCommand Insert(UnitRoster roster, long version, DateTimeOffset from, string by, DateTimeOffset now) => Sql.Command(
        """
        insert into rosters (unit, version, valid_from, content, changed_by, changed_at) select $1, $2, $3, $4::jsonb, $5, $6
        where coalesce((select max(version) from rosters where unit = $1), 0) = $2 - 1
        """,
        roster.Unit, version, from, JsonSerializer.Serialize(roster with { ValidFrom = null }, Wire.Json), by, now);
}

/// <summary>Who is asked first, second, last: for example <c>primary</c>, <c>deputy</c>, <c>head</c>.</summary>
public sealed record Layer
{
    [Max(40)] public string? Name { get; init; }

    /// <summary>Those that hold at the same time are on duty together.</summary>
    public IReadOnlyList<Rotation>? Rotations { get; init; }
}

/// <summary>The telephone of an office: a target beside the persons.</summary>
public sealed record Landline
{
    /// <summary>Given by the service where it is missing.</summary>
    public Guid? Id { get; init; }
    [Max(200)] public string? Name { get; init; }

    /// <summary>As it was typed; official numbers such as 069.2348560 or 111 are no numbers to a library.</summary>
    [Max(40)] public string? Phone { get; init; }

    /// <summary><c>24x7</c> or <c>office</c>.</summary>
    [Max(10)] public string? Hours { get; init; }

    /// <summary>The layer that it rings with.</summary>
    [Max(40)] public string? Layer { get; init; }

    /// <summary>False for a number that only a person should dial, for example an old printed one: it is on the call sheet only.</summary>
    public bool? MayRing { get; init; }
}
