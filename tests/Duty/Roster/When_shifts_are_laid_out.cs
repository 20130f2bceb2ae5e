using Hotline.Duty.Roster;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Roster;

public sealed class When_shifts_are_laid_out
{
    [Test]
    public void Should_keep_what_was_when_a_rotation_changes_in_mid_week()
    {
        DatedRoster[] versions =
            [SampleDesk.From("2026-01-05T00:00", SampleDesk.Desk(SampleDesk.Weekly("an"))), SampleDesk.From("2026-01-07T12:00", SampleDesk.Desk(SampleDesk.Weekly("binh")), 2)];

        var shifts = Lay(versions, "2026-01-06T00:00", "2026-01-09T00:00");

        Assert.That(shifts.Select(s => (s.Officers[0], s.From, s.Until)), Is.EqualTo(new[]
        {
            ("an", SampleDesk.HaNoi("2026-01-06T00:00"), SampleDesk.HaNoi("2026-01-07T12:00")), ("binh", SampleDesk.HaNoi("2026-01-07T12:00"), SampleDesk.HaNoi("2026-01-09T00:00")),
        }));
    }

    [Test]
    public void Should_let_a_stand_in_have_exactly_the_time_given()
    {
        var shifts = Lay([SampleDesk.From("2026-01-05T00:00", SampleDesk.Desk(SampleDesk.Daily("an")))], "2026-01-06T08:00", "2026-01-07T08:00", SampleDesk.StandIn("chi", "2026-01-06T22:00", "2026-01-07T02:00"));

        Assert.That(shifts.Select(s => (s.Officers[0], s.StandIn, s.From)), Is.EqualTo(new[]
        {
            ("an", false, SampleDesk.HaNoi("2026-01-06T08:00")), ("chi", true, SampleDesk.HaNoi("2026-01-06T22:00")), ("an", false, SampleDesk.HaNoi("2026-01-07T02:00")),
        }));
    }

    [Test]
    public void Should_leave_no_instant_out_and_count_none_twice()
    {
        var desk = SampleDesk.Desk(SampleDesk.Daily("an", "binh") with { HandOverAt = "19:00", Until = "07:00" }, SampleDesk.Daily("chi") with { On = ["weekend", "tet"] });

        var shifts = Lay([SampleDesk.From("2026-01-05T00:00", desk)], "2026-02-01T00:00", "2026-03-01T00:00");

        Assert.That(shifts[0].From, Is.EqualTo(SampleDesk.HaNoi("2026-02-01T00:00")));
        Assert.That(shifts[^1].Until, Is.EqualTo(SampleDesk.HaNoi("2026-03-01T00:00")));
        Assert.That(shifts.Zip(shifts.Skip(1), (before, after) => before.Until == after.From), Is.All.True);
        foreach (var shift in shifts)
            Assert.That(desk.ByRule("primary", shift.Until.AddSeconds(-1), SampleDesk.Calendar), Is.EqualTo(shift.Officers));
    }

    [TestCase("2026-01-06T07:30", "2026-01-06T08:00", Description = "another's hand-over is next")]
    [TestCase("2026-01-06T12:00", "2026-01-06T12:00", Description = "in the middle of the shift")]
    [TestCase("2026-01-07T08:10", "2026-01-08T08:00", Description = "the shift is over")]
    public void Should_offer_what_of_a_shift_can_still_be_given(string now, string from)
    {
        var offered = Shifts.NextAlone(
            "binh", [SampleDesk.From("2026-01-05T00:00", SampleDesk.Desk(SampleDesk.Daily("an", "binh")))], [], SampleDesk.Calendar, ["primary"],
            SampleDesk.HaNoi(now), SampleDesk.HaNoi("2026-01-20T00:00"));

        Assert.That(offered!.From, Is.EqualTo(SampleDesk.HaNoi(from)));
        Assert.That(offered.Until, Is.GreaterThan(offered.From));
    }

    [Test]
    public void Should_find_the_night_that_nobody_has()
    {
        var versions = new[] { SampleDesk.From("2026-01-05T00:00", SampleDesk.Desk(SampleDesk.Daily("an") with { Until = "20:00" })) };

        var gaps = Gaps.Between(versions, [], SampleDesk.Calendar, SampleDesk.HaNoi("2026-01-06T12:00"), SampleDesk.HaNoi("2026-01-07T12:00"));

        Assert.That(gaps, Is.EqualTo(new[] { new Gap("central", "primary", SampleDesk.HaNoi("2026-01-06T20:00"), SampleDesk.HaNoi("2026-01-07T08:00")) }));
    }

    [Test]
    public void Should_find_no_gap_at_night_where_only_office_hours_are_staffed()
    {
        var shelter = SampleDesk.Desk(SampleDesk.Daily("an") with { On = ["office-hours"] }) with { Staffed = UnitRoster.Office };

        var gaps = Gaps.Between([SampleDesk.From("2026-01-05T00:00", shelter)], [], SampleDesk.Calendar, SampleDesk.HaNoi("2026-01-06T12:00"), SampleDesk.HaNoi("2026-01-20T12:00"));

        Assert.That(gaps, Is.Empty);
    }

    [Test]
    public void Should_look_for_gaps_where_a_roster_names_no_telephone()
    {
        var versions = new[] { SampleDesk.From("2026-01-05T00:00", SampleDesk.Desk(SampleDesk.Daily("an")) with { Landlines = null }) };

        Assert.That(Gaps.Between(versions, [], SampleDesk.Calendar, SampleDesk.HaNoi("2026-01-06T12:00"), SampleDesk.HaNoi("2026-01-07T12:00")), Is.Empty);
    }

    [Test]
    public void Should_export_each_shift_as_an_event()
    {
        var shifts = Lay([SampleDesk.From("2026-01-05T00:00", SampleDesk.Desk(SampleDesk.Daily("an", "binh")))], "2026-01-06T08:00", "2026-01-08T08:00");

        var calendar = Ical.Net.Calendar.Load(ExportRoster.Write(shifts))!;

        Assert.That(calendar.Events.Select(e => (e.Summary, e.DtStart!.AsUtc, e.DtEnd!.AsUtc)), Is.EqualTo(new[]
        {
            ("Trực ban (primary): binh", SampleDesk.HaNoi("2026-01-06T08:00").UtcDateTime, SampleDesk.HaNoi("2026-01-07T08:00").UtcDateTime),
            ("Trực ban (primary): an", SampleDesk.HaNoi("2026-01-07T08:00").UtcDateTime, SampleDesk.HaNoi("2026-01-08T08:00").UtcDateTime),
        }));
    }

    static IReadOnlyList<Shift> Lay(IReadOnlyList<DatedRoster> versions, string from, string until, params Override[] overrides) =>
        Shifts.Between(versions, overrides, SampleDesk.Calendar, "primary", SampleDesk.HaNoi(from), SampleDesk.HaNoi(until));
}
