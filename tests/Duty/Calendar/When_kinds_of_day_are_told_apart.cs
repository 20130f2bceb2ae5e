using System.Globalization;
using Hotline.Duty.Calendar;
using Hotline.Duty.Tests.Roster;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Calendar;

public sealed class When_kinds_of_day_are_told_apart
{
    static readonly CalendarDay WorkedSaturday = new(new DateOnly(2026, 2, 21), "Ngày làm bù", "Working day in exchange", "swapped-working-day", "decided", false, "decision", new DateOnly(2026, 2, 14));

    [TestCase("2026-04-29T16:59:59Z", DayClass.AfterHours)]
    [TestCase("2026-04-29T17:00:00Z", DayClass.PublicHoliday)]
    public void Should_begin_a_day_at_midnight_in_Ha_Noi(string at, DayClass expected)
    {
        Assert.That(Of(DateTimeOffset.Parse(at, CultureInfo.InvariantCulture)), Is.EqualTo(expected));
    }

    [Test]
    public void Should_count_nine_days_of_Tet_with_both_weekends()
    {
        var days = Enumerable.Range(13, 11).Select(day => Of(SampleDesk.HaNoi($"2026-02-{day}T10:00")));

        Assert.That(days, Is.EqualTo(new[] { DayClass.OfficeHours }.Concat(Enumerable.Repeat(DayClass.Tet, 9)).Append(DayClass.OfficeHours)));
    }

    [Test]
    public void Should_work_on_a_Saturday_of_Tet_that_was_swapped_a_week_before()
    {
        CalendarDay[] calendar = [.. SampleDesk.Calendar, WorkedSaturday];

        Assert.That(Of(SampleDesk.HaNoi("2026-02-20T10:00"), calendar), Is.EqualTo(DayClass.Tet));
        Assert.That(Of(SampleDesk.HaNoi("2026-02-21T10:00"), calendar), Is.EqualTo(DayClass.OfficeHours));
        Assert.That(Of(SampleDesk.HaNoi("2026-02-22T10:00"), calendar), Is.EqualTo(DayClass.Weekend));
    }

    [Test]
    public void Should_take_a_holiday_that_is_added_in_mid_year()
    {
        var added = new CalendarDay(new DateOnly(2026, 7, 15), "Nghỉ", "Day off", "holiday", "decided", false, "decision", new DateOnly(2026, 7, 10));

        Assert.That(Of(SampleDesk.HaNoi("2026-07-15T10:00")), Is.EqualTo(DayClass.OfficeHours));
        Assert.That(Of(SampleDesk.HaNoi("2026-07-15T10:00"), [.. SampleDesk.Calendar, added]), Is.EqualTo(DayClass.PublicHoliday));
    }

    [Test]
    public void Should_not_take_an_announced_day_for_a_day_off()
    {
        Assert.That(Of(SampleDesk.HaNoi("2026-11-24T10:00")), Is.EqualTo(DayClass.OfficeHours));
    }

    [TestCase("2026-01-10T10:00", DayClass.OfficeHours)]
    [TestCase("2026-01-02T10:00", DayClass.PublicHoliday)]
    [TestCase("2026-01-11T10:00", DayClass.Weekend)]
    [TestCase("2026-01-12T17:00", DayClass.AfterHours)]
    public void Should_follow_swaps_over_the_turn_of_the_year(string local, DayClass expected)
    {
        Assert.That(Of(SampleDesk.HaNoi(local)), Is.EqualTo(expected));
    }

    [Test]
    public void Should_propose_Tet_by_the_Vietnamese_moon()
    {
        var tet = CalendarFiles.ProposalsFor(2030).Where(day => day.Tet).Select(day => day.Date).ToList();

        // 3 February in China.
        Assert.That(tet, Is.EqualTo(Enumerable.Range(0, 5).Select(day => new DateOnly(2030, 2, 1).AddDays(day))));
        Assert.That(CalendarFiles.ProposalsFor(2030), Has.All.Property(nameof(CalendarDay.Basis)).EqualTo(CalendarDay.Computed));
        Assert.That(CalendarFiles.ProposalsFor(2051), Is.Empty);
    }

    [Test]
    public void Should_ask_for_the_coming_year()
    {
        var missing = CalendarYears.Missing([.. SampleDesk.Calendar.Where(day => day.Date.Year < 2027)], SampleDesk.HaNoi("2026-11-25T10:00"));
        var proposed = CalendarYears.Missing(SampleDesk.Calendar, SampleDesk.HaNoi("2026-11-25T10:00"));

        Assert.That(missing.Select(year => (year.Year, year.State)), Is.EqualTo(new[] { (2027, "missing") }));
        Assert.That(proposed.Select(year => (year.Year, year.State)), Is.EqualTo(new[] { (2027, "proposed") }));
    }

    static DayClass Of(DateTimeOffset at, IReadOnlyCollection<CalendarDay>? calendar = null) => DayClasses.Of(at, ZonedTime.HaNoi, calendar ?? SampleDesk.Calendar);
}
