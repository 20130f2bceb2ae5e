using System.Net;
using System.Text.Json.Nodes;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Cases;

/// <summary>Break-glass (audit.md): two persons, a reason, one case, an hour, told and reviewed; at the hub and at an agency.</summary>
public sealed class When_a_glass_is_broken
{
    RunningHotline hotline = null!;
    Actor operators = null!;
    Actor supervisor = null!;
    Actor second = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police");
        (operators, supervisor) = (await hotline.AsOperator(), await hotline.AsSupervisor());
        second = await hotline.HireAsync("intake", "supervisor");
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test]
    public async Task Should_open_one_case_to_a_supervisor_when_a_second_person_approves()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var (_, another) = await operators.OpenCaseAsync();
        var glass = await AskAsync(supervisor, caseId);

        Assert.That((await supervisor.GetAsync($"cases/{caseId}")).Code, Is.EqualTo("access.denied"), "one person");
        Assert.That((await supervisor.PostAsync($"break-glass/{glass}/approve")).Code, Is.EqualTo("break-glass.same-person"));
        (await second.PostAsync($"break-glass/{glass}/approve")).Good();

        (await supervisor.GetAsync($"cases/{caseId}")).Good();
        Assert.That((await supervisor.GetAsync($"cases/{another}")).Code, Is.EqualTo("access.denied"), "a second case");
        Assert.That((await second.GetAsync($"cases/{caseId}")).Code, Is.EqualTo("access.denied"), "who only approved");
    }

    [Test]
    public async Task Should_be_approved_reviewed_and_closed_once_however_often_it_is_sent()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var glass = await AskAsync(supervisor, caseId);

        await TwiceAsync(second, $"break-glass/{glass}/approve");
        await TwiceAsync(supervisor, $"break-glass/{glass}/close");
        await TwiceAsync(second, $"break-glass/{glass}/review", new JsonObject { ["justified"] = true });

        Assert.That(await ClosedByAsync(caseId), Has.Length.EqualTo(1));
        Assert.That((await second.PostAsync($"break-glass/{glass}/approve")).Code, Is.EqualTo("break-glass.wrong-state"));

        static async Task TwiceAsync(Actor by, string path, JsonObject? body = null)
        {
            var key = Guid.CreateVersion7();
            var first = (await by.PostAsync(path, body, key)).Good();
            var again = await by.PostAsync(path, body, key);
            Assert.That((again.Status, again.Text), Is.EqualTo((first.Status, first.Text)), path);
        }
    }

    [Test]
    public async Task Should_end_after_an_hour()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        (await second.PostAsync($"break-glass/{await AskAsync(supervisor, caseId)}/approve")).Good();

        await hotline.FastForwardAsync(TimeSpan.FromMinutes(61));

        Assert.That((await supervisor.GetAsync($"cases/{caseId}")).Code, Is.EqualTo("access.denied"));
        await Eventually.IsTrueAsync("that it ended is on record", async () => (await ClosedByAsync(caseId)).SequenceEqual(["system"]));
    }

    [Test]
    public async Task Should_end_with_its_review()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var glass = await AskAsync(supervisor, caseId);
        (await second.PostAsync($"break-glass/{glass}/approve")).Good();

        (await second.PostAsync($"break-glass/{glass}/review", new JsonObject { ["justified"] = false })).Good();

        Assert.That((await supervisor.GetAsync($"cases/{caseId}")).Code, Is.EqualTo("access.denied"));
        Assert.That(await ClosedByAsync(caseId), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Should_end_when_closed_and_be_reviewed_by_somebody_else()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var glass = await AskAsync(supervisor, caseId);
        (await second.PostAsync($"break-glass/{glass}/approve")).Good();

        (await supervisor.PostAsync($"break-glass/{glass}/close")).Good();

        Assert.That((await supervisor.GetAsync($"cases/{caseId}")).Code, Is.EqualTo("access.denied"));
        Assert.That((await supervisor.PostAsync($"break-glass/{glass}/review", new JsonObject { ["justified"] = true })).Code, Is.EqualTo("break-glass.same-person"));
        (await second.PostAsync($"break-glass/{glass}/review", new JsonObject { ["justified"] = true })).Good();
        var listed = (await supervisor.GetAsync("break-glass")).Good().Json["items"]!.AsArray().Single(i => i!["id"]!.GetValue<Guid>() == glass)!;
        Assert.That(listed["justified"]!.GetValue<bool>(), Is.True);
        Assert.That(await ClosedByAsync(caseId), Has.Length.EqualTo(1), "once");
    }

    [Test]
    public async Task Should_tell_the_agency_that_holds_the_case_before_anything_is_shown()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await operators.SeesStateAsync(referral, "delivered");

        (await second.PostAsync($"break-glass/{await AskAsync(supervisor, caseId)}/approve")).Good();

        var officer = await hotline.AsFocalPoint("police");
        var history = await Eventually.GetAsync("the police were told", () => officer.GetAsync($"referrals/{referral}/history"), a => a.Text.Contains("note.added", StringComparison.Ordinal));
        Assert.That(history.Text, Does.Contain("life-in-danger"));
    }

    [Test]
    public async Task Should_let_an_officer_without_designation_read_one_referral_and_tell_the_hotline()
    {
        var referral = await operators.ReferNewAsync("police");
        await operators.SeesStateAsync(referral, "delivered");
        var officer = await hotline.HireAsync("police", "dutyOfficer", unit: "79");
        Assert.That((await officer.GetAsync($"referrals/{referral}/content")).Code, Is.EqualTo("designation.missing"));

        (await (await hotline.AsFocalPoint("police")).PostAsync($"break-glass/{await AskAsync(officer, referral)}/approve")).Good();

        (await officer.GetAsync($"referrals/{referral}/content")).Good();
        await Eventually.GetAsync("the hotline was told", () => operators.GetAsync($"referrals/{referral}/history"), a => a.Text.Contains("life-in-danger", StringComparison.Ordinal));
    }

    [Test]
    public async Task Should_refuse_what_is_no_case_and_who_may_never()
    {
        var administrator = await hotline.AsAdministrator();

        Assert.That((await supervisor.PostAsync("break-glass", Ask(Guid.NewGuid()))).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await supervisor.PostAsync("break-glass", new JsonObject { ["subject"] = Guid.NewGuid(), ["reasonCode"] = "curious" })).Code, Is.EqualTo("request.unknown-code"));
        Assert.That((await administrator.PostAsync("break-glass", Ask(Guid.NewGuid()))).Code, Is.EqualTo("access.denied"));
    }

    async Task<string[]> ClosedByAsync(Guid caseId) => await hotline.ScalarAsync<string[]>("intake",
        "select array_agg(leaf::jsonb ->> 'actor') from audit.records where leaf::jsonb ->> 'kind' = 'break-glass.closed' and leaf::jsonb ->> 'case' = $1", caseId.ToString()) ?? [];

    static JsonObject Ask(Guid subject) => new() { ["subject"] = subject, ["reasonCode"] = "life-in-danger" };

    static async Task<Guid> AskAsync(Actor by, Guid subject) => (await by.PostAsync("break-glass", Ask(subject))).Good().Id;
}
