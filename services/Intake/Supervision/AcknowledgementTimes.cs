using Hotline.Duty.Calendar;

namespace Hotline.Intake.Supervision;

/// <summary>How long agencies took to acknowledge, in minutes: half were quicker than <see cref="P50"/>, and so on.</summary>
public sealed record Spread(int Count, double P50, double P90, double P95)
{
    /// <summary>Nearest rank: every figure is one that was measured. Null where there is none.</summary>
    public static Spread? Of(IEnumerable<double> minutes)
    {
        var sorted = minutes.Order().ToList();
        double At(int percent) => sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * percent / 100.0) - 1)];
        return sorted.Count == 0 ? null : new Spread(sorted.Count, At(50), At(90), At(95));
    }
}

/// <summary>One acknowledged referral.</summary>
/// <param name="At">When it was delivered: the kind of day is that of this moment.</param>
public sealed record Acknowledged(string Agency, DateTimeOffset At, double Minutes);

/// <summary>The times of one agency by kind of day.</summary>
public sealed record AgencyTimes(string Agency, IReadOnlyDictionary<DayClass, Spread?> ByDay);

/// <summary>Times by agency and kind of day. Pure.</summary>
public static class AcknowledgementTimes
{
    public static IReadOnlyList<DayClass> Days { get; } = [DayClass.OfficeHours, DayClass.AfterHours, DayClass.Weekend, DayClass.PublicHoliday];

    /// <param name="kindOf">Tet counts among the public holidays: a year has too few of it for figures of its own.</param>
    public static IReadOnlyList<AgencyTimes> Of(IEnumerable<string> agencies, IReadOnlyList<Acknowledged> all, Func<DateTimeOffset, DayClass> kindOf)
    {
        var groups = all.ToLookup(a => (a.Agency, Day: kindOf(a.At) is DayClass.Tet ? DayClass.PublicHoliday : kindOf(a.At)), a => a.Minutes);
        return [.. agencies.Select(agency => new AgencyTimes(agency, Days.ToDictionary(d => d, d => Spread.Of(groups[(agency, d)]))))];
    }
}
