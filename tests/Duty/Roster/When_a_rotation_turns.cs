using System.Globalization;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Roster;

public sealed class When_a_rotation_turns
{
    const string Paris = "Europe/Paris";

    [TestCase("2026-01-05T00:59:59Z", null)]
    [TestCase("2026-01-05T01:00:00Z", "an")]
    [TestCase("2026-01-06T00:59:59Z", "an")]
    [TestCase("2026-01-06T01:00:00Z", "binh")]
    [TestCase("2026-01-07T01:00:00Z", "an")]
    public void Should_hand_over_daily_at_the_time_of_the_desk(string at, string? officer)
    {
        var rotation = SampleDesk.Daily("an", "binh");

        Assert.That(rotation.OfficerAt(Utc(at), "Asia/Ho_Chi_Minh"), Is.EqualTo(officer));
    }

    [TestCase("2026-01-12T00:59:59Z", "an")]
    [TestCase("2026-01-12T01:00:00Z", "binh")]
    [TestCase("2026-01-18T23:00:00Z", "binh")]
    [TestCase("2026-01-19T01:00:00Z", "an")]
    public void Should_hand_over_weekly_on_the_day_of_the_start(string at, string officer)
    {
        var rotation = SampleDesk.Weekly("an", "binh");

        Assert.That(rotation.OfficerAt(Utc(at), "Asia/Ho_Chi_Minh"), Is.EqualTo(officer));
    }

    [TestCase("2026-01-06T18:59", null)]
    [TestCase("2026-01-06T19:00", "binh")]
    [TestCase("2026-01-06T23:59", "binh")]
    [TestCase("2026-01-07T00:00", "binh")]
    [TestCase("2026-01-07T06:59", "binh")]
    [TestCase("2026-01-07T07:00", null)]
    public void Should_keep_a_night_shift_over_midnight(string local, string? officer)
    {
        var nights = SampleDesk.Daily("an", "binh") with { HandOverAt = "19:00", Until = "07:00" };

        Assert.That(nights.OfficerAt(SampleDesk.HaNoi(local), "Asia/Ho_Chi_Minh"), Is.EqualTo(officer));
    }

    // 25 October 2026, 03:00 is 02:00 again in Paris: 02:30 comes at 00:30 and at 01:30 UTC.
    [TestCase("2026-10-25T00:29:59Z", "an")]
    [TestCase("2026-10-25T00:30:00Z", "binh")]
    [TestCase("2026-10-25T01:05:00Z", "binh")]
    [TestCase("2026-10-25T01:30:00Z", "binh")]
    public void Should_hand_over_once_in_the_hour_that_comes_twice(string at, string officer)
    {
        var abroad = SampleDesk.Daily("an", "binh") with { StartsOn = new DateOnly(2026, 10, 24), HandOverAt = "02:30", TimeZone = Paris };

        Assert.That(abroad.OfficerAt(Utc(at), "Asia/Ho_Chi_Minh"), Is.EqualTo(officer));
    }

    // 29 March 2026, 02:00 is 03:00 at once in Paris: there is no 02:30.
    [TestCase("2026-03-29T00:59:59Z", "an")]
    [TestCase("2026-03-29T01:00:00Z", "binh")]
    public void Should_hand_over_when_the_hour_of_it_is_skipped(string at, string officer)
    {
        var abroad = SampleDesk.Daily("an", "binh") with { StartsOn = new DateOnly(2026, 3, 28), HandOverAt = "02:30", TimeZone = Paris };

        Assert.That(abroad.OfficerAt(Utc(at), "Asia/Ho_Chi_Minh"), Is.EqualTo(officer));
    }

    [Test]
    public void Should_hold_only_on_its_kinds_of_day()
    {
        var desk = SampleDesk.Desk(SampleDesk.Daily("an") with { On = ["office-hours"] }, SampleDesk.Daily("tet") with { On = ["tet"] });

        Assert.That(desk.ByRule("primary", SampleDesk.HaNoi("2026-02-13T10:00"), SampleDesk.Calendar), Is.EqualTo(new[] { "an" }));
        Assert.That(desk.ByRule("primary", SampleDesk.HaNoi("2026-02-17T10:00"), SampleDesk.Calendar), Is.EqualTo(new[] { "tet" }));
        Assert.That(desk.ByRule("primary", SampleDesk.HaNoi("2026-02-13T20:00"), SampleDesk.Calendar), Is.Empty);
    }

    static DateTimeOffset Utc(string at) => DateTimeOffset.Parse(at, CultureInfo.InvariantCulture);
}
