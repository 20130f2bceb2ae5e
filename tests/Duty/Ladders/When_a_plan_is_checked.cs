using Hotline.Duty.Ladders;
using Hotline.Duty.Roster;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Ladders;

public sealed class When_a_plan_is_checked
{
    static readonly DutyPlan Default = DefaultPlan.Of(null);

    static IEnumerable<TestCaseData> Bad()
    {
        yield return Case(new DutyPlan { TimeZone = "Hanoi" }, "time-zone.unknown", "/timeZone");
        yield return Case(new DutyPlan { OfficeHours = "all day" }, "request.malformed", "/officeHours");
        yield return Case(new DutyPlan { Ladders = [new LadderOfUrgency { Urgency = "P0", Steps = [] }] }, "ladder.without-steps", "/ladders/0/steps");
        yield return Case(With(Step() with { Unit = LadderStep.Own }), "ladder.without-national-desk", "/ladders/0/steps/0/unit");
        yield return Case(With(Step() with { Unit = "nobody" }), "request.unknown-code", "/ladders/0/steps/0/unit");
        yield return Case(With(Step() with { Channels = ["pigeon"] }), "request.unknown-code", "/ladders/0/steps/0/channels");
        yield return Case(With(Step() with { Wait = TimeSpan.Zero }), "request.malformed", "/ladders/0/steps/0/wait");
        yield return Case(Page("Nạn nhân {victim}: {link}"), "template.case-field", "/templates/0/text");
        yield return Case(Page("{reference} tại {province}"), "template.case-field", "/templates/0/text");
        yield return Case(Page("{{reference}}"), "template.case-field", "/templates/0/text");
        yield return Case(new DutyPlan { Clocks = [new UrgencyClock { Urgency = "P0", Ring = "always" }] }, "request.malformed", "/clocks/0/acknowledgeWithin");
        yield return Case(new DutyPlan { LegalClocks = [new LegalClock { Name = "x", Within = TimeSpan.FromHours(1), AlarmBefore = TimeSpan.FromHours(2) }] }, "request.malformed", "/legalClocks/0/alarmBefore");
        yield return Case(new DutyPlan { LegalClocks = [new LegalClock { Name = "x", Within = TimeSpan.FromHours(3), AlarmBefore = TimeSpan.FromHours(2), Units = ["04", "Hà Nội"] }] }, "request.unknown-code", "/legalClocks/0/units");
        yield return Case(new DutyPlan { Clocks = [Default.Clocks![0] with { RepageEvery = TimeSpan.FromSeconds(1) }] }, "request.malformed", "/clocks/0/repageEvery");
    }

    [TestCaseSource(nameof(Bad))]
    public void Should_be_refused_with_the_place(DutyPlan written, string code, string at)
    {
        var refusal = PlanRules.Check(PlanRules.Complete(written, Default));

        Assert.That(refusal?.Code, Is.EqualTo(code));
        Assert.That(refusal?.Details!["at"], Is.EqualTo(at));
    }

    [Test]
    public void Should_keep_what_was_left_out()
    {
        var changed = PlanRules.Complete(With(Step()), Default);

        Assert.That(PlanRules.Check(changed), Is.Null);
        Assert.That(changed.LadderFor("P0").Steps, Has.Count.EqualTo(1));
        Assert.That(changed.LadderFor("P1").Steps, Has.Count.EqualTo(Default.LadderFor("P1").Steps.Count));
    }

    [Test]
    public void Should_be_sound_as_the_program_ships_it()
    {
        Assert.That(PlanRules.Check(Default), Is.Null);
        Assert.That(Default.Ladders!.Select(ladder => ladder.Steps![^1].Unit), Is.All.EqualTo(LadderStep.Central));
    }

    [Test]
    public void Should_come_back_from_its_snapshot()
    {
        var ladder = Default.LadderFor("P0");

        Assert.That(Ladder.FromSnapshot(ladder.ToSnapshot()).ToSnapshot(), Is.EqualTo(ladder.ToSnapshot()));
    }

    [TestCase("P1", new[] { "email" })]
    [TestCase("P0", new[] { "console", "email", "sms" })]
    public void Should_narrow_channels_by_preference_but_never_for_P0(string urgency, string[] channels)
    {
        var target = new Target(Guid.Empty, TargetKind.Person, "an", null, "central", [Way("sms"), Way("email"), Way("console")])
        {
            Preferences = new Dictionary<string, IReadOnlyList<string>> { ["P0"] = ["email"], ["P1"] = ["email"] },
        };

        Assert.That(target.ContactsFor(urgency, ["console", "email", "sms"]).Select(contact => contact.Channel), Is.EqualTo(channels));
    }

    static Contact Way(string channel) => new(Guid.Empty, channel, "x", true);

    static WrittenStep Step() => new() { Unit = LadderStep.Central, Layers = ["primary"], Channels = ["email"], Wait = TimeSpan.FromMinutes(5) };

    static DutyPlan With(WrittenStep step) => new() { Ladders = [new LadderOfUrgency { Urgency = "P0", Steps = [step] }] };

    static DutyPlan Page(string text) => new() { Templates = [new PageTemplate { Channel = "sms", Language = "vi", Text = text }] };

    static TestCaseData Case(DutyPlan written, string code, string at) => new TestCaseData(written, code, at).SetArgDisplayNames(code, at);
}
