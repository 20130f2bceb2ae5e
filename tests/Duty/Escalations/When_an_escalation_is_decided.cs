using Hotline.Duty.Calendar;
using Hotline.Duty.Escalations;
using Hotline.Duty.Ladders;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Escalations;

/// <summary>The one decision, without a database.</summary>
public sealed class When_an_escalation_is_decided
{
    static readonly DateTimeOffset Now = new(2026, 11, 25, 14, 0, 0, TimeSpan.Zero);
    static readonly DutyPlan Plan = DefaultPlan.Of(null);
    static readonly Clocks Clocks = new(Plan, []);
    static readonly Guid Officer = new("00000000-0000-7000-8000-000000000001");

    static Escalation Open(string urgency = "P0") => new()
    {
        Id = Guid.Empty,
        Kind = Escalation.Referral,
        Subject = Guid.Empty,
        Reference = "CT-2026-000001",
        Class = "live",
        Urgency = urgency,
        Unit = "01",
        NextDueAt = Now,
        AckDueAt = Now.AddMinutes(5),
        DeadlineAt = Now.AddMinutes(5),
        Policy = EscalationPolicy.Of(Plan, urgency),
    };

    static EscalationDecision Look(Escalation escalation, DateTimeOffset at, params int[] empty) =>
        Escalating.Decide(escalation, new EscalationEvent.Due(empty.ToHashSet(), Clocks), at);

    [Test]
    public void Should_climb_one_step_at_each_look()
    {
        var first = Look(Open(), Now);
        var second = Look(first.Next, Now.AddMinutes(5));

        Assert.That(first.Page, Is.EqualTo(new PageOrder(1, 0, 0, null)));
        Assert.That(second.Page, Is.EqualTo(new PageOrder(1, 0, 1, null)));
        Assert.That(second.Next.NextDueAt, Is.EqualTo(Now.AddMinutes(10)));
    }

    [Test]
    public void Should_change_nothing_before_it_is_due()
    {
        var escalation = Open() with { NextDueAt = Now.AddSeconds(1) };

        Assert.That(Look(escalation, Now).Next, Is.SameAs(escalation));
    }

    [Test]
    public void Should_repeat_the_last_step_without_end()
    {
        var escalation = Open() with { Step = 3 };

        var loops = new List<int>();
        for (var at = Now; loops.Count < 600; at = escalation.NextDueAt!.Value)
        {
            var decision = Look(escalation, at);
            loops.Add(decision.Page!.Loop);
            escalation = decision.Next;
        }

        Assert.That(loops, Is.EqualTo(Enumerable.Range(0, 600)));
        Assert.That(escalation.NextDueAt, Is.Not.Null);
    }

    [Test]
    public void Should_skip_empty_steps_at_once_and_say_so()
    {
        var decision = Look(Open(), Now, 0, 1);

        Assert.That(decision.Page!.Step, Is.EqualTo(2));
        Assert.That(decision.Skipped, Is.EqualTo(new[] { 0, 1 }));
        Assert.That(decision.NobodyReached, Is.False);
    }

    [Test]
    public void Should_say_that_nobody_is_reached_and_look_again()
    {
        var decision = Look(Open(), Now, 0, 1, 2, 3);

        Assert.That(decision.NobodyReached, Is.True);
        Assert.That(decision.Page, Is.Null);
        Assert.That(decision.Next.NextDueAt, Is.EqualTo(Now.AddMinutes(5)));
    }

    [Test]
    public void Should_count_from_now_after_a_standstill()
    {
        var decision = Look(Open() with { NextDueAt = Now.AddHours(-2) }, Now);

        Assert.That(decision.Page!.Step, Is.Zero);
        Assert.That(decision.Next.NextDueAt, Is.EqualTo(Now.AddMinutes(5)));
        Assert.That(decision.Next.DeadlineAt, Is.EqualTo(Open().DeadlineAt));
    }

    [TestCase("P0", 30)]
    [TestCase("P1", 120)]
    [TestCase("P2", 1440)]
    public void Should_wait_for_progress_after_an_answer_at_the_console(string urgency, int minutes)
    {
        var answered = Escalating.Decide(Open(urgency), new EscalationEvent.Acknowledged(Officer, AnsweredHow.Console), Now).Next;

        Assert.That(answered.Status, Is.EqualTo(EscalationStatus.Acknowledged));
        Assert.That(answered.NextDueAt, Is.EqualTo(Now.AddMinutes(minutes)));
        Assert.That(answered.Generation, Is.EqualTo(2));
    }

    [TestCase("P0", AnsweredHow.Link, 10)]
    [TestCase("P1", AnsweredHow.KeyPress, 30)]
    public void Should_wait_for_the_content_to_be_opened_after_an_answer_from_afar(string urgency, AnsweredHow how, int minutes)
    {
        var answered = Escalating.Decide(Open(urgency), new EscalationEvent.Acknowledged(Officer, how), Now).Next;

        Assert.That(answered.NextDueAt, Is.EqualTo(Now.AddMinutes(minutes)));
    }

    [Test]
    public void Should_page_the_silent_officer_as_well()
    {
        var answered = Escalating.Decide(Open(), new EscalationEvent.Acknowledged(Officer, AnsweredHow.Console), Now).Next;

        var silent = Look(answered, Now.AddMinutes(30));

        Assert.That(silent.Page, Is.EqualTo(new PageOrder(3, 0, 0, Officer)));
        Assert.That(silent.Next.Status, Is.EqualTo(EscalationStatus.Paging));
    }

    [Test]
    public void Should_rest_after_a_word_of_progress()
    {
        var answered = Escalating.Decide(Open(), new EscalationEvent.Acknowledged(Officer, AnsweredHow.Console), Now).Next;

        var worked = Escalating.Decide(answered, new EscalationEvent.Progressed(), Now.AddMinutes(20)).Next;

        Assert.That(worked.NextDueAt, Is.Null);
        Assert.That(worked.Status, Is.EqualTo(EscalationStatus.Acknowledged));
    }

    [Test]
    public void Should_wait_for_progress_of_whoever_answers_after_somebody_noted_some()
    {
        var worked = Escalating.Decide(
            Escalating.Decide(Open(), new EscalationEvent.Acknowledged(Officer, AnsweredHow.Console), Now).Next, new EscalationEvent.Progressed(), Now.AddMinutes(20)).Next;

        EscalationEvent[] again = [new EscalationEvent.HandedBack(null), new EscalationEvent.EscalatedNow(), new EscalationEvent.UrgencyRaised("P0", null)];

        foreach (var happened in again)
        {
            var paging = Escalating.Decide(worked with { Urgency = happened is EscalationEvent.UrgencyRaised ? "P2" : "P0" }, happened, Now.AddMinutes(25)).Next;
            var console = Escalating.Decide(paging, new EscalationEvent.Acknowledged(Officer, AnsweredHow.Console), Now.AddMinutes(30)).Next;
            var link = Escalating.Decide(paging, new EscalationEvent.Acknowledged(Officer, AnsweredHow.Link), Now.AddMinutes(30)).Next;
            var opened = Escalating.Decide(link, new EscalationEvent.ContentOpened(), Now.AddMinutes(31)).Next;

            Assert.That((console.NextDueAt, opened.NextDueAt), Is.EqualTo((Now.AddMinutes(60), Now.AddMinutes(60))), happened.GetType().Name);
        }
    }

    [Test]
    public void Should_wait_for_progress_once_the_content_is_open()
    {
        var answered = Escalating.Decide(Open(), new EscalationEvent.Acknowledged(Officer, AnsweredHow.Link), Now).Next;

        var opened = Escalating.Decide(answered, new EscalationEvent.ContentOpened(), Now.AddMinutes(4)).Next;

        Assert.That(opened.NextDueAt, Is.EqualTo(Now.AddMinutes(30)));
    }

    [Test]
    public void Should_restart_on_a_raised_urgency_only()
    {
        var answered = Escalating.Decide(Open("P2"), new EscalationEvent.Acknowledged(Officer, AnsweredHow.Console), Now).Next;

        var raised = Escalating.Decide(answered, new EscalationEvent.UrgencyRaised("P0", Now.AddMinutes(5)), Now).Next;
        var lowered = Escalating.Decide(answered, new EscalationEvent.UrgencyRaised("P3", null), Now).Next;

        Assert.That(raised, Is.EqualTo(answered with { Urgency = "P0", Status = EscalationStatus.Paging, Generation = 3, NextDueAt = Now, AckDueAt = Now.AddMinutes(5), Policy = null }));
        Assert.That(lowered, Is.SameAs(answered));
    }

    [Test]
    public void Should_start_again_when_handed_back()
    {
        var answered = Escalating.Decide(Open() with { Step = 2 }, new EscalationEvent.Acknowledged(Officer, AnsweredHow.Console), Now).Next;

        var back = Escalating.Decide(answered, new EscalationEvent.HandedBack(Now.AddMinutes(9)), Now.AddMinutes(4)).Next;

        Assert.That((back.Status, back.Step, back.NextDueAt, back.AcknowledgedBy), Is.EqualTo((EscalationStatus.Paging, 0, (DateTimeOffset?)Now.AddMinutes(4), (Guid?)null)));
    }

    [Test]
    public void Should_never_wake_again_what_has_ended()
    {
        var ended = Escalating.Decide(Open(), new EscalationEvent.Ended(), Now).Next;

        EscalationEvent[] late = [new EscalationEvent.EscalatedNow(), new EscalationEvent.HandedBack(null), new EscalationEvent.UrgencyRaised("P0", null), new EscalationEvent.AnsweredByPhone()];

        Assert.That(ended.NextDueAt, Is.Null);
        Assert.That(late.Select(l => Escalating.Decide(ended, l, Now).Next), Is.All.SameAs(ended));
    }

    /// <summary>Whatever people do in whatever order: an open escalation that nobody answers is looked at again.</summary>
    [Test]
    public void Should_never_leave_an_unanswered_one_without_a_next_look([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        var (escalation, at, progressed) = (Open("P2"), Now, false);
        for (var i = 0; i < 300; i++)
        {
            at = at.AddMinutes(random.Next(60));
            EscalationEvent happened = random.Next(9) switch
            {
                0 => new EscalationEvent.Acknowledged(Officer, (AnsweredHow)random.Next(4)),
                1 => new EscalationEvent.AnsweredByPhone(),
                2 => new EscalationEvent.ContentOpened(),
                3 => new EscalationEvent.HandedBack(null),
                4 => new EscalationEvent.UrgencyRaised($"P{random.Next(4)}", null),
                5 => new EscalationEvent.EscalatedNow(),
                6 => new EscalationEvent.Reassigned(random.Next(2) == 0 ? "central" : "01"),
                7 => new EscalationEvent.Progressed(),
                _ => new EscalationEvent.Due(Enumerable.Range(0, random.Next(5)).ToHashSet(), Clocks),
            };
            var before = escalation.Generation;
            escalation = Escalating.Decide(escalation with { Policy = EscalationPolicy.Of(Plan, escalation.Urgency) }, happened, at).Next;

            Assert.That(escalation.Generation, Is.GreaterThanOrEqualTo(before), $"seed {seed}");
            progressed = happened is EscalationEvent.Progressed || (progressed && escalation.Generation == before);
            if (escalation.Status == EscalationStatus.Paging || (escalation.Urgency != "P3" && !progressed))
                Assert.That(escalation.NextDueAt, Is.Not.Null, $"seed {seed}, {happened.GetType().Name}");
        }
    }
}
