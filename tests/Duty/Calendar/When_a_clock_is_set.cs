using Hotline.Duty.Calendar;
using Hotline.Duty.Ladders;
using Hotline.Duty.Tests.Roster;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Calendar;

/// <summary>domain.md, "Urgency and default clocks", in Ha Noi.</summary>
public sealed class When_a_clock_is_set
{
    static readonly CalendarDay WorkedSaturday = new(new DateOnly(2026, 2, 21), "Ngày làm bù", "Working day in exchange", "swapped-working-day", "decided", false, "decision", new DateOnly(2026, 2, 14));

    // At any hour of any day, Tet included.
    [TestCase("P0", "2026-02-17T03:00", "2026-02-17T03:05")]
    [TestCase("P1", "2026-02-17T03:00", "2026-02-17T03:15")]
    // In office hours four hours, else half past eight of the next working day, at most a day.
    [TestCase("P2", "2026-11-25T09:00", "2026-11-25T13:00")]
    [TestCase("P2", "2026-11-25T17:00", "2026-11-26T08:30")]
    [TestCase("P2", "2026-11-26T03:00", "2026-11-26T08:30")]
    [TestCase("P2", "2026-11-27T18:00", "2026-11-28T18:00")]
    [TestCase("P2", "2026-02-17T10:00", "2026-02-18T10:00")]
    // One working day: Friday to Monday; what comes at night counts from the morning.
    [TestCase("P3", "2026-11-25T10:00", "2026-11-26T10:00")]
    [TestCase("P3", "2026-11-27T15:00", "2026-11-30T15:00")]
    [TestCase("P3", "2026-11-28T11:00", "2026-12-01T08:00")]
    [TestCase("P3", "2026-02-13T10:00", "2026-02-23T10:00")]
    public void Should_be_answered_by(string urgency, string at, string by)
    {
        Assert.That(Clocks().AcknowledgeBy(urgency, SampleDesk.HaNoi(at)), Is.EqualTo(SampleDesk.HaNoi(by)));
    }

    [Test]
    public void Should_count_a_swapped_Saturday_from_when_it_was_decided()
    {
        var (before, after) = (Clocks(), Clocks([.. SampleDesk.Calendar, WorkedSaturday]));

        Assert.That(before.AcknowledgeBy("P3", SampleDesk.HaNoi("2026-02-13T10:00")), Is.EqualTo(SampleDesk.HaNoi("2026-02-23T10:00")));
        Assert.That(after.AcknowledgeBy("P3", SampleDesk.HaNoi("2026-02-13T10:00")), Is.EqualTo(SampleDesk.HaNoi("2026-02-21T10:00")));
    }

    [Test]
    public void Should_move_over_a_holiday_that_is_added_in_mid_year()
    {
        var added = new CalendarDay(new DateOnly(2026, 7, 15), "Nghỉ", "Day off", "holiday", "decided", false, "decision", new DateOnly(2026, 7, 10));

        var by = Clocks([.. SampleDesk.Calendar, added]).AcknowledgeBy("P3", SampleDesk.HaNoi("2026-07-14T10:00"));

        Assert.That(by, Is.EqualTo(SampleDesk.HaNoi("2026-07-16T10:00")));
    }

    [TestCase("P0", "2026-11-25T22:00", "2026-11-25T22:00")]
    [TestCase("P1", "2026-02-17T03:00", "2026-02-17T03:00")]
    // In the desk's hours, or two hours before the deadline.
    [TestCase("P2", "2026-11-25T16:59", "2026-11-25T16:59")]
    [TestCase("P2", "2026-11-25T17:00", "2026-11-26T06:30")]
    [TestCase("P2", "2026-11-26T07:00", "2026-11-26T07:00")]
    [TestCase("P2", "2026-11-28T12:00", "2026-11-29T10:00")]
    // Never a telephone at night.
    [TestCase("P3", "2026-11-25T22:00", "2026-11-26T08:00")]
    [TestCase("P3", "2026-02-14T10:00", "2026-02-23T08:00")]
    public void Should_hold_telephones_back_until(string urgency, string now, string from)
    {
        var clocks = Clocks();

        var ring = clocks.RingFrom(urgency, SampleDesk.HaNoi(now), clocks.AcknowledgeBy(urgency, SampleDesk.HaNoi(now)));

        Assert.That(ring, Is.EqualTo(SampleDesk.HaNoi(from)));
    }

    [Test]
    public void Should_resume_by_itself_when_the_window_opens()
    {
        var clocks = Clocks();
        var (received, restarted, opened) = (SampleDesk.HaNoi("2026-11-25T22:00"), SampleDesk.HaNoi("2026-11-26T05:00"), SampleDesk.HaNoi("2026-11-26T08:00"));
        var deadline = clocks.AcknowledgeBy("P3", received);

        Assert.That(clocks.RingFrom("P3", restarted, deadline), Is.EqualTo(opened));
        Assert.That(clocks.RingFrom("P3", opened, deadline), Is.EqualTo(opened));
    }

    [TestCase("P0", "2026-11-28T10:00", "2026-11-28T10:05")]
    [TestCase("P2", "2026-11-28T10:00", "2026-11-28T14:00")]
    [TestCase("P3", "2026-11-27T10:00", "2026-11-30T10:00")]
    public void Should_page_again_at(string urgency, string at, string again)
    {
        Assert.That(Clocks().RepageAt(urgency, SampleDesk.HaNoi(at)), Is.EqualTo(SampleDesk.HaNoi(again)));
    }

    static Clocks Clocks(IReadOnlyList<CalendarDay>? calendar = null) => new(DefaultPlan.Of(null), calendar ?? SampleDesk.Calendar);
}
