using System.Net;
using System.Text.Json.Nodes;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Cases;

/// <summary>Two persons destroy what a case says; its record, and what others hold, stays.</summary>
public sealed class When_a_case_is_shredded
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
    public async Task Should_make_case_and_call_unreadable_and_leave_the_coded_record()
    {
        var (call, caseId) = await operators.OpenCaseAsync();
        var shredding = await AskAsync(caseId);

        Assert.That((await supervisor.PostAsync($"shreddings/{shredding}/approve")).Code, Is.EqualTo("shredding.same-person"));
        (await second.PostAsync($"shreddings/{shredding}/approve")).Good();

        Assert.That((await operators.GetAsync($"cases/{caseId}")).Status, Is.EqualTo(HttpStatusCode.Gone));
        Assert.That((await operators.GetAsync($"calls/{call}")).Code, Is.EqualTo("content.shredded"));
        var page = await operators.GetAsync($"/cases/{caseId}");
        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.Gone));
        Assert.That(page.Text, Does.StartWith("<!DOCTYPE html>").And.Contain("tiêu hủy"), "a page says so in words");
        Assert.That(await hotline.ScalarAsync<string>("intake", "select code from cases where id = $1", caseId), Does.StartWith("MBN-"));
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from call_terms where call_id = $1", call), Is.Zero);
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from audit.records where leaf like '%case.shredded%' and leaf like '%' || $1 || '%'", caseId.ToString()), Is.EqualTo(1));
    }

    [Test]
    public async Task Should_keep_a_call_that_another_case_holds()
    {
        var (call, caseId) = await operators.OpenCaseAsync();
        var other = (await operators.PostAsync("cases", new JsonObject { ["callId"] = call })).Good().Id;

        (await second.PostAsync($"shreddings/{await AskAsync(caseId)}/approve")).Good();

        (await operators.GetAsync($"calls/{call}")).Good();
        (await operators.GetAsync($"cases/{other}")).Good();
    }

    [Test]
    public async Task Should_refuse_while_a_referral_is_open()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        (await operators.ReferAsync(caseId, "police")).Good();

        Assert.That((await supervisor.PostAsync("shreddings", Ask(caseId))).Code, Is.EqualTo("shredding.referral-open"));
        Assert.That((await supervisor.PostAsync("shreddings", Ask(Guid.NewGuid()))).Code, Is.EqualTo("not-found"));
        Assert.That((await operators.PostAsync("shreddings", Ask(caseId))).Code, Is.EqualTo("access.denied"));
    }

    [Test]
    public async Task Should_leave_a_history_without_words_at_the_hub_and_nothing_to_read_at_the_agency()
    {
        var (officer, deputy) = (await hotline.AsFocalPoint("police"), await hotline.HireAsync("police", "focalPoint"));
        var (_, caseId) = await operators.OpenCaseAsync();
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await officer.SeesStateAsync(referral, "delivered");
        (await officer.PostAsync($"referrals/{referral}/decline", new JsonObject { ["reasonCode"] = "other", ["text"] = "Không thuộc thẩm quyền" })).Good();
        await operators.SeesStateAsync(referral, "declined");

        (await second.PostAsync($"shreddings/{await AskAsync(caseId)}/approve")).Good();
        var atAgency = (await officer.PostAsync("shreddings", Ask(referral))).Good().Id;
        (await deputy.PostAsync($"shreddings/{atAgency}/approve")).Good();

        var history = (await operators.GetAsync($"referrals/{referral}/history")).Good();
        Assert.That(history.Text, Does.Contain("referral.declined").And.Not.Contain("Không thuộc"));
        Assert.That((await officer.GetAsync($"referrals/{referral}/content")).Code, Is.EqualTo("content.shredded"));
    }

    [Test]
    public async Task Should_propose_what_retention_ended_and_refuse_a_period_that_is_too_short()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var administrator = await hotline.AsAdministrator();
        await hotline.ExecuteAsync("intake", "update cases set created_at = created_at - interval '11 years' where id = $1", caseId);
        await hotline.ExecuteAsync("intake", "update calls set created_at = created_at - interval '11 years' where id in (select call_id from case_calls where case_id = $1)", caseId);

        Assert.That((await supervisor.GetAsync("retention/due")).Good().Text, Does.Contain(caseId.ToString()));
        Assert.That((await administrator.PutAsync("retention/case", new JsonObject { ["keepDays"] = 3 }, "\"1\"")).Code, Is.EqualTo("request.malformed"));
        Assert.That((await administrator.PutAsync("retention/case", new JsonObject { ["keepDays"] = 7300 }, null)).Code, Is.EqualTo("version.required"));
        (await administrator.PutAsync("retention/case", new JsonObject { ["keepDays"] = 7300 }, "\"1\"")).Good();
        Assert.That((await supervisor.GetAsync("retention/due")).Good().Text, Does.Not.Contain(caseId.ToString()));
    }

    static JsonObject Ask(Guid subject) => new() { ["subject"] = subject, ["reasonCode"] = "court-order" };

    async Task<Guid> AskAsync(Guid caseId) => (await supervisor.PostAsync("shreddings", Ask(caseId))).Good().Id;
}
