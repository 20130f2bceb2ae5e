using Hotline.Duty.Calendar;
using Hotline.Duty.Roster;

namespace Hotline.Duty.Schedule;

/// <summary>A part of a day in which the same officers have a layer.</summary>
/// <param name="From">Local, <c>HH:mm</c>.</param>
/// <param name="Until">Local; <c>24:00</c> at the day's end.</param>
/// <param name="Officers">User names; nobody where it is empty.</param>
/// <param name="Gap">Nobody would be woken by the first page.</param>
public sealed record DutySpan(string From, string Until, IReadOnlyList<string> Officers, bool StandIn, bool Gap);

/// <summary>One local day of a desk.</summary>
/// <param name="Kind">Its day class at noon: <c>office-hours</c> is a working day.</param>
/// <param name="Named">The row of the calendar that makes it so; null = its day of the week.</param>
public sealed record DutyDay(DateOnly Date, string Kind, CalendarDay? Named, IReadOnlyList<(string Layer, IReadOnlyList<DutySpan> Spans)> Layers);

/// <summary>Lays a desk's shifts out by local days: pure, over the rows given.</summary>
public static class DutyDays
{
    public static IReadOnlyList<DutyDay> Of(
        IReadOnlyList<DatedRoster> versions, IReadOnlyList<Override> overrides, IReadOnlyCollection<CalendarDay> calendar, DateOnly from, int days)
    {
        var zone = ZonedTime.Zone(ZonedTime.HaNoi);
        var (start, end) = (ZonedTime.InstantOf(from, TimeOnly.MinValue, zone), ZonedTime.InstantOf(from.AddDays(days), TimeOnly.MinValue, zone));
        var gaps = Gaps.Between(versions, overrides, calendar, start, end);
        var layers = LayersOf(versions).Select(layer => (Layer: layer, Shifts: Shifts.Between(versions, overrides, calendar, layer, start, end))).ToList();
        return [.. Enumerable.Range(0, days).Select(day => DayOf(from.AddDays(day)))];

        DutyDay DayOf(DateOnly date)
        {
            var (opens, closes) = (ZonedTime.InstantOf(date, TimeOnly.MinValue, zone), ZonedTime.InstantOf(date.AddDays(1), TimeOnly.MinValue, zone));
            return new DutyDay(
                date, DayClasses.Of(ZonedTime.InstantOf(date, new TimeOnly(12, 0), zone), ZonedTime.HaNoi, calendar, OfficeHours.Parse("00:00-23:59")).ToText(),
                calendar.FirstOrDefault(day => day.Date == date),
                [.. layers.Select(layer => (layer.Layer, (IReadOnlyList<DutySpan>)[.. layer.Shifts.Where(shift => shift.From < closes && shift.Until > opens).Select(Cut)]))]);

            DutySpan Cut(Shift shift) => new(
                shift.From <= opens ? "00:00" : Local(shift.From), shift.Until >= closes ? "24:00" : Local(shift.Until), shift.Officers, shift.StandIn,
                gaps.Any(gap => gap.Layer == shift.Layer && gap.From < shift.Until && gap.Until > shift.From));
        }

        string Local(DateTimeOffset at) => $"{ZonedTime.Local(at, zone):HH:mm}";
    }

    public static IReadOnlyList<string> LayersOf(IReadOnlyList<DatedRoster> versions) =>
        [.. (versions.MaxBy(dated => dated.Version)?.Roster.Layers ?? []).Select(layer => layer.Name!)];
}
