namespace Hotline.Duty.Calendar;

/// <summary>Which kind of day and hour an instant falls into at a place. Midnight there decides, not midnight UTC.</summary>
public static class DayClasses
{
    /// <summary>Runs of days off are shorter than this; a calendar with more would not end the search.</summary>
    const int LongestBreak = 31;

    /// <param name="timeZone">IANA name.</param>
    /// <param name="calendar">The rows in force; dates without a row are what their day of the week says.</param>
    /// <exception cref="TimeZoneNotFoundException">Not an IANA name.</exception>
    public static DayClass Of(DateTimeOffset at, string timeZone, IReadOnlyCollection<CalendarDay> calendar, OfficeHours? hours = null)
    {
        var local = ZonedTime.Local(at, ZonedTime.Zone(timeZone));
        return Of(DateOnly.FromDateTime(local), TimeOnly.FromDateTime(local), calendar, hours ?? OfficeHours.Standard);
    }

    public static bool IsWorkingDay(DateOnly date, IReadOnlyCollection<CalendarDay> calendar) => On(date, calendar) switch
    {
        { IsDayOff: true } => false,
        { IsWorkingSaturday: true } => true,
        _ => date.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday),
    };

    static DayClass Of(DateOnly date, TimeOnly time, IReadOnlyCollection<CalendarDay> calendar, OfficeHours hours)
    {
        if (IsWorkingDay(date, calendar))
            return hours.Include(time) ? DayClass.OfficeHours : DayClass.AfterHours;
        if (IsTet(date, calendar))
            return DayClass.Tet;
        return On(date, calendar) is { IsDayOff: true } ? DayClass.PublicHoliday : DayClass.Weekend;
    }

    /// <summary>The weekend before and after belongs to Tet as well, unless a working day lies between.</summary>
    static bool IsTet(DateOnly date, IReadOnlyCollection<CalendarDay> calendar) => TetWithin(date, calendar, 1) || TetWithin(date, calendar, -1);

    static bool TetWithin(DateOnly from, IReadOnlyCollection<CalendarDay> calendar, int step)
    {
        var date = from;
        for (var days = 0; days < LongestBreak && !IsWorkingDay(date, calendar); days++, date = date.AddDays(step))
            if (On(date, calendar) is { Tet: true, IsDayOff: true })
                return true;
        return false;
    }

    static CalendarDay? On(DateOnly date, IReadOnlyCollection<CalendarDay> calendar) => calendar.FirstOrDefault(day => day.Date == date);
}
