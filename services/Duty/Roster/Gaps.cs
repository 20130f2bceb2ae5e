using Hotline.Duty.Calendar;

namespace Hotline.Duty.Roster;

/// <summary>Times at which nobody at a desk would be woken by the first page.</summary>
public sealed record Gap(string Unit, string Layer, DateTimeOffset From, DateTimeOffset Until);

public static class Gaps
{
    /// <summary>Gaps are looked for so far ahead (escalation.md, "Who is paged").</summary>
    public static TimeSpan Ahead { get; } = TimeSpan.FromDays(14);

    /// <summary>
    /// Gaps of the first layer of a desk. A landline that may ring fills them. A desk that is staffed in office hours only
    /// has none outside them: there the central desk takes over, by rule.
    /// </summary>
    public static IReadOnlyList<Gap> Between(
        IReadOnlyList<DatedRoster> versions, IReadOnlyList<Override> overrides, IReadOnlyCollection<CalendarDay> calendar, DateTimeOffset from, DateTimeOffset until)
    {
        if (DatedRoster.At(versions, from)?.Roster is not { Layers: [var first, ..] } roster)
            return DatedRoster.At(versions, from) is { } empty ? [new Gap(empty.Roster.Unit!, "primary", from, until)] : [];
        if ((roster.Landlines ?? []).Any(line => line.Layer == first.Name && line is { MayRing: true, Hours: UnitRoster.Always }))
            return [];
        var gaps = new List<Gap>();
        foreach (var shift in Shifts.Between(versions, overrides, calendar, first.Name!, from, until).Where(shift => shift.Officers.Count == 0))
            gaps.AddRange(Within(roster, shift, calendar));
        return gaps;
    }

    static IEnumerable<Gap> Within(UnitRoster roster, Shift empty, IReadOnlyCollection<CalendarDay> calendar)
    {
        if (roster.Staffed == UnitRoster.Always)
            return [new Gap(empty.Unit, empty.Layer, empty.From, empty.Until)];
        return OpenSpans(roster, empty, calendar).Select(span => new Gap(empty.Unit, empty.Layer, span.From, span.Until));
    }

    static IEnumerable<(DateTimeOffset From, DateTimeOffset Until)> OpenSpans(UnitRoster roster, Shift empty, IReadOnlyCollection<CalendarDay> calendar)
    {
        var (zone, hours) = (ZonedTime.Zone(roster.TimeZone!), OfficeHours.Parse(roster.OfficeHours ?? string.Empty) ?? OfficeHours.Standard);
        var last = DateOnly.FromDateTime(ZonedTime.Local(empty.Until, zone));
        for (var date = DateOnly.FromDateTime(ZonedTime.Local(empty.From, zone)); date <= last; date = date.AddDays(1))
            foreach (var span in DayClasses.IsWorkingDay(date, calendar) ? hours.Spans : [])
            {
                var (opens, closes) = (ZonedTime.InstantOf(date, span.From, zone), ZonedTime.InstantOf(date, span.Until, zone));
                var (from, until) = (opens > empty.From ? opens : empty.From, closes < empty.Until ? closes : empty.Until);
                if (from < until)
                    yield return (from, until);
            }
    }
}
