using Hotline.Contracts;
using Hotline.Duty.Calendar;
using Hotline.Duty.Ladders;
using Hotline.Intake.Watch;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Decisions;

/// <summary>What the watch calls late, without a database.</summary>
public sealed class When_a_referral_is_judged
{
    // A Wednesday, 15:00 in Ha Noi.
    static readonly DateTimeOffset Created = new(2026, 11, 25, 8, 0, 0, TimeSpan.Zero);
    static readonly Clocks Clocks = new(DefaultPlan.Of(null), []);

    static WatchedReferral Referral(string urgency = "P0", ReferralState state = ReferralState.Queued, string agency = "police") => new()
    {
        Id = Guid.Empty,
        Reference = "CT-2026-000001",
        Agency = agency,
        Class = "live",
        Urgency = urgency,
        Ground = null,
        Unit = "01",
        State = state,
        CreatedAt = Created,
        DeliveredAt = state == ReferralState.Queued ? null : Created.AddSeconds(1),
    };

    static Judgement At(WatchedReferral referral, TimeSpan passed) => Judging.Judge(referral, Clocks, Created + passed);

    [TestCase(14, new string[0])]
    [TestCase(15, new[] { "not-sent" })]
    [TestCase(60, new[] { "not-sent", "not-delivered" })]
    public void Should_call_late_what_is_still_queued(int seconds, string[] late) =>
        Assert.That(At(Referral(), TimeSpan.FromSeconds(seconds)).Late, Is.EqualTo(late));

    [Test]
    public void Should_call_late_what_is_sent_and_not_delivered_in_60_s() =>
        Assert.That(At(Referral(state: ReferralState.Sent), TimeSpan.FromSeconds(61)).Late, Is.EqualTo(new[] { "not-delivered" }));

    [TestCase("P0", 62, "not-paged")]
    [TestCase("P1", 122, "not-paged")]
    public void Should_call_late_what_is_delivered_and_nobody_paged(string urgency, int seconds, string code) =>
        Assert.That(At(Referral(urgency, ReferralState.Delivered), TimeSpan.FromSeconds(seconds)).Late, Does.Contain(code));

    [TestCase("P0", 5, 10)]
    [TestCase("P1", 15, 45)]
    public void Should_call_late_what_nobody_acknowledges_and_then_telephone(string urgency, int acknowledge, int phone)
    {
        var referral = Referral(urgency, ReferralState.Delivered) with { FirstPagedAt = Created.AddSeconds(2) };

        Assert.That(At(referral, TimeSpan.FromMinutes(acknowledge) - TimeSpan.FromSeconds(1)).Late, Is.Empty);
        Assert.That(At(referral, TimeSpan.FromMinutes(acknowledge)).Late, Is.EqualTo(new[] { "not-acknowledged" }));
        Assert.That(At(referral, TimeSpan.FromMinutes(phone)).Late, Is.EqualTo(new[] { "not-acknowledged", "phone-the-desk" }));
    }

    [Test]
    public void Should_telephone_at_once_when_nobody_can_be_reached()
    {
        var referral = Referral("P1", ReferralState.Delivered) with { FirstPagedAt = Created, UnreachableAt = Created.AddSeconds(20) };

        Assert.That(At(referral, TimeSpan.FromSeconds(20)).Late, Is.EqualTo(new[] { "nobody-reached" }));
    }

    [Test]
    public void Should_be_content_with_a_spoken_answer() =>
        Assert.That(At(Referral() with { AnsweredAt = Created.AddSeconds(30) }, TimeSpan.FromMinutes(20)).Late, Is.Empty);

    /// <summary>A raised urgency, a hand-back, or pages that go out again after an answer, spoken or written.</summary>
    [TestCase(ReferralState.Delivered), TestCase(ReferralState.Acknowledged), TestCase(ReferralState.Accepted)]
    public void Should_watch_for_another_answer_when_the_agency_was_asked_anew(ReferralState state)
    {
        var answered = Referral(state: state) with { FirstPagedAt = Created, AnsweredAt = Created.AddMinutes(2), UnreachableAt = Created.AddMinutes(61) };
        var anew = answered with { UnansweredSince = Created.AddHours(1) };

        Assert.That(At(answered, TimeSpan.FromMinutes(71)).Late, Is.Empty);
        Assert.That(At(anew, TimeSpan.FromMinutes(60)).LookAgainAt, Is.EqualTo(Created.AddMinutes(61)));
        Assert.That(At(anew, TimeSpan.FromMinutes(61)).Late, Is.EqualTo(new[] { "nobody-reached" }));
        Assert.That(At(anew, TimeSpan.FromMinutes(71)).Late, Is.EqualTo(new[] { "not-acknowledged", "nobody-reached", "phone-the-desk" }));
    }

    [TestCase("child-protection", 10, "legal.child-at-serious-risk")]
    [TestCase("police", 20, "legal.crime-report-transfer")]
    [TestCase("womens-union", 60, "legal.initial-verification")]
    public void Should_raise_an_alarm_before_a_legal_clock_passes(string agency, int hours, string code)
    {
        var referral = Referral("P1", ReferralState.Acknowledged, agency);

        Assert.That(At(referral, TimeSpan.FromHours(hours) - TimeSpan.FromSeconds(1)).Late, Does.Not.Contain(code));
        Assert.That(At(referral, TimeSpan.FromHours(hours)).Late, Does.Contain(code));
    }

    [TestCase("08", 40)]
    [TestCase("22", 20)]
    public void Should_give_a_remote_province_the_time_that_the_law_gives_it(string unit, int hours)
    {
        const string code = "legal.crime-report-transfer";
        var plan = DefaultPlan.Of(null, [new LegalClock { Name = LegalClock.CrimeReportTransferRemote, Within = TimeSpan.FromHours(48), AlarmBefore = TimeSpan.FromHours(8), Units = ["08"] }]);
        var referral = Referral("P1", ReferralState.Acknowledged) with { Unit = unit };
        IEnumerable<string> LateAt(TimeSpan passed) => Judging.Judge(referral, new Clocks(plan, []), Created + passed).Late.Where(late => late.StartsWith(code, StringComparison.Ordinal));

        Assert.That(LateAt(TimeSpan.FromHours(hours) - TimeSpan.FromSeconds(1)), Is.Empty);
        Assert.That(LateAt(TimeSpan.FromHours(hours)), Has.Exactly(1).Items);
    }

    [Test]
    public void Should_look_no_more_at_what_is_over() =>
        Assert.That(At(Referral(state: ReferralState.Closed), TimeSpan.FromDays(9)).LookAgainAt, Is.Null);

    [Test]
    public void Should_look_again_at_everything_else()
    {
        foreach (var state in Enum.GetValues<ReferralState>().Where(s => !s.IsFinal()))
            foreach (var passed in new[] { 0, 1, 16, 61, 3600, 90_000, 400_000 })
                Assert.That(At(Referral("P2", state), TimeSpan.FromSeconds(passed)).LookAgainAt, Is.Not.Null, $"{state} after {passed} s");
    }
}
