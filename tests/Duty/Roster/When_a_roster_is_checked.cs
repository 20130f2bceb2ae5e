using Hotline.Duty.Roster;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Roster;

public sealed class When_a_roster_is_checked
{
    static IEnumerable<TestCaseData> Bad()
    {
        var good = SampleDesk.Desk(SampleDesk.Daily("an"));
        yield return Case(good with { TimeZone = "Mars/Olympus" }, "time-zone.unknown", "/timeZone");
        yield return Case(good with { TimeZone = "SE Asia Standard Time" }, "time-zone.unknown", "/timeZone");
        yield return Case(good with { TimeZone = "../../etc/localtime" }, "time-zone.unknown", "/timeZone");
        yield return Case(good with { Unit = "99" }, "request.unknown-code", "/unit");
        yield return Case(good with { OfficeHours = "17:00-08:00" }, "request.malformed", "/officeHours");
        yield return Case(SampleDesk.Desk(SampleDesk.Daily()), "rotation.without-people", "/layers/0/rotations/0/officers");
        yield return Case(SampleDesk.Desk(SampleDesk.Daily("an") with { Every = "hourly" }), "request.unknown-code", "/layers/0/rotations/0/every");
        yield return Case(SampleDesk.Desk(SampleDesk.Daily("an") with { HandOverAt = "8am" }), "request.malformed", "/layers/0/rotations/0/handOverAt");
        yield return Case(SampleDesk.Desk(SampleDesk.Daily("an") with { TimeZone = "Nowhere" }), "time-zone.unknown", "/layers/0/rotations/0/timeZone");
        yield return Case(SampleDesk.Desk(SampleDesk.Daily("an") with { On = ["full-moon"] }), "request.unknown-code", "/layers/0/rotations/0/on");
        yield return Case(good with { Landlines = [new Landline { Name = "Trực ban", Phone = " " }] }, "request.malformed", "/landlines/0/phone");
    }

    [TestCaseSource(nameof(Bad))]
    public void Should_be_refused_with_the_place(UnitRoster roster, string code, string at)
    {
        var refusal = RosterRules.Check(roster);

        Assert.That(refusal?.Code, Is.EqualTo(code));
        Assert.That(refusal?.Details!["at"], Is.EqualTo(at));
    }

    [Test]
    public void Should_keep_official_numbers_that_are_no_numbers_to_a_library()
    {
        var roster = RosterRules.Complete(
            SampleDesk.Desk(SampleDesk.Daily("an")) with { Landlines = [new Landline { Name = "Trực ban", Phone = "069.2348560" }, new Landline { Name = "Tổng đài", Phone = "111" }] },
            DateTimeOffset.UnixEpoch);

        Assert.That(RosterRules.Check(roster), Is.Null);
    }

    [Test]
    public void Should_name_the_officer_whom_nobody_knows()
    {
        var refusal = RosterRules.CheckOfficers(SampleDesk.Desk(SampleDesk.Daily("an", "binh")), new HashSet<string> { "an" });

        Assert.That(refusal?.Details!["at"], Is.EqualTo("/layers/0/rotations/0/officers/1"));
    }

    static TestCaseData Case(UnitRoster roster, string code, string at) => new TestCaseData(roster, code, at).SetArgDisplayNames(code, at);
}
