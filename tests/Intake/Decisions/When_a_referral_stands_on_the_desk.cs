using Hotline.Console.Components;
using Hotline.Duty.Calendar;
using Hotline.Duty.Ladders;
using Hotline.Intake.Desk;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Decisions;

public sealed class When_a_referral_stands_on_the_desk
{
    static readonly DateTimeOffset At = new(2026, 6, 18, 15, 51, 2, TimeSpan.Zero);
    static readonly Clocks Clocks = new(DefaultPlan.Of(null), []);

    static DeskReferral Referral(string state, string urgency = "P0") => new()
    {
        Id = Guid.Empty,
        Reference = "CT-2026-000001",
        CaseId = Guid.Empty,
        CaseCode = "MBN-2026-000001",
        Agency = "police",
        AgencyVi = "Công an",
        AgencyEn = "Police",
        Urgency = urgency,
        Desk = "province",
        ProvinceCode = "08",
        State = state,
        Class = "live",
        CreatedAt = At,
        SentAt = null,
        DeliveredAt = null,
        AcknowledgedAt = null,
        AnsweredByPhoneAt = null,
        AcceptedAt = null,
        DeclinedAt = null,
        ProgressAt = null,
        AcknowledgedBy = null,
        Holder = null,
        RevocationRefused = false,
        Ground = null,
    };

    [Test]
    public void Should_need_a_person_when_a_clock_of_the_law_is_near()
    {
        var acknowledged = Referral("acknowledged", "P2") with { DeliveredAt = At.AddSeconds(2), AcknowledgedAt = At.AddMinutes(2), ProgressAt = At.AddHours(19) };

        var (before, near) = (Standing.Of(acknowledged, Clocks, At.AddHours(19.9)), Standing.Of(acknowledged, Clocks, At.AddHours(20)));

        Assert.That((before.NeedsPerson, before.Law), Is.EqualTo((false, (LegalLimit?)null)));
        Assert.That((near.NeedsPerson, near.Law!.Name, near.FirstDue), Is.EqualTo((true, LegalClock.CrimeReportTransfer, At.AddHours(24))));
        Assert.That(Standing.Of(acknowledged with { State = "accepted", AcceptedAt = At.AddHours(1) }, Clocks, At.AddHours(20)).Law, Is.Null, "accepted: the agency has it");
    }

    [TestCase("delivered"), TestCase("acknowledged"), TestCase("accepted")]
    public void Should_wait_for_another_answer_when_the_agency_was_asked_anew(string state)
    {
        var anew = Referral(state) with { DeliveredAt = At, AcknowledgedAt = At.AddMinutes(2), AnsweredByPhoneAt = At.AddMinutes(1), UnansweredSince = At.AddHours(1) };

        var (waits, late) = (Standing.Of(anew, Clocks, At.AddMinutes(61)), Standing.Of(anew, Clocks, At.AddMinutes(65)));

        Assert.That((waits.Waiting, waits.Due, waits.Looks[3]), Is.EqualTo((Waiting.Acknowledgement, At.AddMinutes(65), StepLook.Running)));
        Assert.That((late.Overdue, late.Looks[3]), Is.EqualTo((true, StepLook.Danger)));
    }

    [Test]
    public void Should_tell_within_a_minute_that_nothing_arrived()
    {
        var sent = Referral("sent") with { SentAt = At.AddSeconds(1) };

        var (before, after) = (Standing.Of(sent, Clocks, At.AddSeconds(59)), Standing.Of(sent, Clocks, At.AddSeconds(60)));

        Assert.That(before.NeedsPerson, Is.False);
        Assert.That(after.NeedsPerson, Is.True);
        Assert.That(after.Looks, Is.EqualTo(new[] { StepLook.Done, StepLook.Done, StepLook.Cut, StepLook.Later, StepLook.Later }));
    }

    [TestCase("P0", 5, StepLook.Danger)]
    [TestCase("P1", 15, StepLook.Late)]
    public void Should_be_red_only_for_an_overdue_P0(string urgency, int minutes, StepLook look)
    {
        var delivered = Referral("delivered", urgency) with { SentAt = At, DeliveredAt = At };

        var overdue = Standing.Of(delivered, Clocks, At.AddMinutes(minutes));

        Assert.That(overdue.Looks[3], Is.EqualTo(look));
        Assert.That(overdue.Danger, Is.EqualTo(urgency == "P0"));
    }

    [Test]
    public void Should_ask_for_a_person_in_the_last_third()
    {
        var delivered = Referral("delivered", "P1") with { SentAt = At, DeliveredAt = At };

        Assert.That(Standing.Of(delivered, Clocks, At.AddMinutes(9)).NeedsPerson, Is.False);
        Assert.That(Standing.Of(delivered, Clocks, At.AddMinutes(10)).NeedsPerson, Is.True);
    }

    [Test]
    public void Should_count_a_spoken_answer()
    {
        var answered = Referral("delivered") with { SentAt = At, DeliveredAt = At, AnsweredByPhoneAt = At.AddMinutes(3) };

        var standing = Standing.Of(answered, Clocks, At.AddMinutes(6));

        Assert.That(standing.Waiting, Is.EqualTo(Waiting.Progress));
        Assert.That(standing.Looks[3], Is.EqualTo(StepLook.Done));
    }

    [Test]
    public void Should_end_nothing_in_silence_when_declined()
    {
        var declined = Referral("declined") with { SentAt = At, DeliveredAt = At, AcknowledgedAt = At.AddMinutes(2), DeclinedAt = At.AddMinutes(3) };

        var standing = Standing.Of(declined, Clocks, At.AddMinutes(3));

        Assert.That(standing.Waiting, Is.EqualTo(Waiting.Desk));
        Assert.That(standing.NeedsPerson, Is.True);
        Assert.That(standing.Looks[4], Is.EqualTo(StepLook.Stopped));
    }
}
