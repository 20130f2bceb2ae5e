using Hotline.Duty.Calendar;
using Hotline.Intake.Supervision;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Supervision;

public sealed class When_acknowledgement_times_are_summed_up
{
    static readonly DateTimeOffset Noon = new(2026, 6, 18, 5, 0, 0, TimeSpan.Zero);

    [Test]
    public void Should_give_times_that_were_measured()
    {
        var spread = Spread.Of(Enumerable.Range(1, 100).Select(n => (double)n));

        Assert.That(spread, Is.EqualTo(new Spread(100, 50, 90, 95)));
    }

    [Test]
    public void Should_give_the_one_time_there_is_three_times() => Assert.That(Spread.Of([4.5]), Is.EqualTo(new Spread(1, 4.5, 4.5, 4.5)));

    [Test]
    public void Should_give_nothing_where_nothing_was_measured() => Assert.That(Spread.Of([]), Is.Null);

    [Test]
    public void Should_keep_agencies_and_kinds_of_day_apart_and_count_Tet_among_the_holidays()
    {
        List<Acknowledged> all = [new("police", Noon, 1), new("police", Noon.AddHours(12), 2), new("police", Noon.AddDays(200), 9), new("womens-union", Noon, 5)];

        var times = AcknowledgementTimes.Of(["police", "womens-union"], all, at => at == Noon ? DayClass.OfficeHours : at == Noon.AddHours(12) ? DayClass.AfterHours : DayClass.Tet);

        Assert.That(times[0].ByDay[DayClass.OfficeHours]!.P50, Is.EqualTo(1));
        Assert.That(times[0].ByDay[DayClass.AfterHours]!.P50, Is.EqualTo(2));
        Assert.That(times[0].ByDay[DayClass.PublicHoliday]!.P50, Is.EqualTo(9));
        Assert.That(times[1].ByDay[DayClass.OfficeHours]!.P50, Is.EqualTo(5));
        Assert.That(times[1].ByDay[DayClass.Weekend], Is.Null);
    }
}
