using Hotline.Duty.Roster;

namespace Hotline.Duty.Calendar;

/// <summary>Which years' tables are still to be written. Tet is decided weeks ahead at best, so the coming year is asked for all year.</summary>
public static class CalendarYears
{
    /// <summary>This year and the next, where nothing or no decided Tet is in the calendar.</summary>
    public static IReadOnlyList<ReadReadiness.MissingYear> Missing(IReadOnlyCollection<CalendarDay> calendar, DateTimeOffset now)
    {
        var year = ZonedTime.Local(now, ZonedTime.Zone(ZonedTime.HaNoi)).Year;
        return
        [
            .. from candidate in (int[])[year, year + 1]
               let rows = calendar.Where(day => day.Date.Year == candidate && day.Kind == CalendarDay.Holiday).ToList()
               let tet = rows.Where(day => day.Tet).ToList()
               where tet.Count == 0 || tet.Any(day => day.Basis != CalendarDay.Decided)
               select new ReadReadiness.MissingYear(candidate, tet.Count == 0 ? "missing" : "proposed"),
        ];
    }
}
