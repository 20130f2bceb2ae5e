using Hotline.Contracts;
using Hotline.Duty.Calendar;

namespace Hotline.Duty.Roster;

/// <summary>Officers who take turns. All times are local; a change of clocks makes one shift an hour shorter or longer, nothing else.</summary>
public sealed record Rotation
{
    [Max(100)] public string? Name { get; init; }

    /// <summary><c>daily</c> or <c>weekly</c>.</summary>
    [Max(10)] public string? Every { get; init; }

    /// <summary>The date of the first hand-over: the first officer's first shift. Its weekday is that of a weekly hand-over.</summary>
    public DateOnly? StartsOn { get; init; }

    /// <summary><c>HH:mm</c>, where the desk is, or in <see cref="TimeZone"/>.</summary>
    [Max(5)] public string? HandOverAt { get; init; }

    /// <summary><c>HH:mm</c>: a daily shift ends then, after midnight where it is the earlier time; null = at the next hand-over.</summary>
    [Max(5)] public string? Until { get; init; }

    /// <summary>IANA name where the officers are elsewhere; null = the desk's.</summary>
    [Max(64)] public string? TimeZone { get; init; }

    /// <summary>Day classes of the desk on which it holds; null = all.</summary>
    public IReadOnlyList<string>? On { get; init; }

    /// <summary>User names, in order of their turns.</summary>
    public IReadOnlyList<string>? Officers { get; init; }

    public const string Daily = "daily";
    public const string Weekly = "weekly";

    public bool HoldsOn(string dayClass) => On is null || On.Contains(dayClass);

    /// <summary>Whose turn it is; null before the start and between shifts.</summary>
    /// <param name="deskZone">IANA name.</param>
    public string? OfficerAt(DateTimeOffset at, string deskZone)
    {
        var zone = ZonedTime.Zone(TimeZone ?? deskZone);
        var handOver = OfficeHours.Time(HandOverAt!)!.Value;
        var date = DateOnly.FromDateTime(ZonedTime.Local(at, zone));
        // Compared as instants: in the hour that comes twice, the local time alone would hand over twice.
        if (at < ZonedTime.InstantOf(date, handOver, zone))
            date = date.AddDays(-1);
        var days = date.DayNumber - StartsOn!.Value.DayNumber;
        if (days < 0 || at >= EndOf(date, handOver, zone))
            return null;
        return Officers![days / (Every == Weekly ? 7 : 1) % Officers.Count];
    }

    /// <summary>The end of the shift, or of the day's part of it, that began at the hand-over of a date.</summary>
    DateTimeOffset EndOf(DateOnly date, TimeOnly handOver, TimeZoneInfo zone)
    {
        if (Until is null)
            return ZonedTime.InstantOf(date.AddDays(1), handOver, zone);
        var until = OfficeHours.Time(Until)!.Value;
        return ZonedTime.InstantOf(until > handOver ? date : date.AddDays(1), until, zone);
    }
}
