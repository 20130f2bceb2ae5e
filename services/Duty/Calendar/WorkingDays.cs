namespace Hotline.Duty.Calendar;

/// <summary>Counting in working days of a place: holidays are skipped, swapped Saturdays count.</summary>
public sealed class WorkingDays(OfficeHours hours, TimeZoneInfo zone, IReadOnlyCollection<CalendarDay> calendar)
{
    public bool AreOpen(DateTimeOffset at)
    {
        var local = ZonedTime.Local(at, zone);
        return DayClasses.IsWorkingDay(DateOnly.FromDateTime(local), calendar) && hours.Include(TimeOnly.FromDateTime(local));
    }

    /// <summary>The next instant, later than the given one, at which a working day has this local time.</summary>
    public DateTimeOffset NextAt(DateTimeOffset after, TimeOnly time)
    {
        for (var date = DateOnly.FromDateTime(ZonedTime.Local(after, zone)); ; date = date.AddDays(1))
            if (DayClasses.IsWorkingDay(date, calendar) && ZonedTime.InstantOf(date, time, zone) is var instant && instant > after)
                return instant;
    }

    /// <summary>When the desk opens next; the given instant itself while it is open.</summary>
    public DateTimeOffset NextOpening(DateTimeOffset at)
    {
        if (AreOpen(at))
            return at;
        return hours.Spans.Min(span => NextAt(at, span.From));
    }

    /// <summary>
    /// The same local time so many working days later. What comes outside office hours counts from the next opening, so
    /// that Saturday night and Monday morning give the same deadline.
    /// </summary>
    public DateTimeOffset After(DateTimeOffset at, int count)
    {
        var local = ZonedTime.Local(NextOpening(at), zone);
        var date = DateOnly.FromDateTime(local);
        for (var left = count; left > 0;)
        {
            date = date.AddDays(1);
            if (DayClasses.IsWorkingDay(date, calendar))
                left--;
        }
        return ZonedTime.InstantOf(date, TimeOnly.FromDateTime(local), zone);
    }
}
