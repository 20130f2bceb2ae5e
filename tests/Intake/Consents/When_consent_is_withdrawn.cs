using System.Net;
using System.Text.Json.Nodes;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Consents;

/// <summary>R12, C6, C7: consent per agency and purpose, for a time; its end reaches every agency that holds the case.</summary>
public sealed class When_consent_is_withdrawn
{
    RunningHotline hotline = null!;
    Actor operators = null!;
    Actor officer = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police", "womens-union");
        (operators, officer) = (await hotline.AsOperator(), await hotline.AsFocalPoint("police"));
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test]
    public async Task Should_refer_on_a_recorded_consent_for_that_agency_and_purpose_only()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        await ConsentAsync(caseId, "police", "investigation");

        Assert.That((await operators.ReferAsync(caseId, "womens-union", ground: null)).Code, Is.EqualTo("referral.no-consent"));
        Assert.That((await operators.PostAsync($"cases/{caseId}/referrals", With(Samples.Referral("police", ground: null), "purpose", "protection"))).Code, Is.EqualTo("referral.no-consent"));
        Assert.That((await operators.ReferAsync(caseId, "police", ground: null)).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task Should_close_the_content_at_the_agency_and_hear_its_confirmation()
    {
        var (caseId, referral) = await ReferredOnConsentAsync();
        (await officer.GetAsync($"referrals/{referral}/content")).Good();

        var told = (await operators.PostAsync($"cases/{caseId}/consents/withdraw", new JsonObject { ["agencies"] = new JsonArray("police") })).Good();

        Assert.That(told.Json["told"]!.AsArray().Select(t => t!.GetValue<string>()), Is.EqualTo(new[] { "police" }));
        await Eventually.GetAsync("the agency confirmed", () => operators.GetAsync($"referrals/{referral}"), a => a.Json["consentConfirmedAt"] is not null);
        Assert.That((await officer.GetAsync($"referrals/{referral}/content")).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await operators.PostAsync($"referrals/{referral}/updates", new JsonObject())).Code, Is.EqualTo("referral.no-consent"));
    }

    [Test]
    public async Task Should_not_count_what_the_call_says_any_more()
    {
        var call = With(Samples.Call(), "consent", new JsonObject { ["given"] = "yes", ["by"] = "victim", ["scopeAgencies"] = new JsonArray("police", "womens-union") });
        var (_, caseId) = await operators.OpenCaseAsync(call);

        (await operators.PostAsync($"cases/{caseId}/consents/withdraw", new JsonObject { ["agencies"] = new JsonArray("police") })).Good();

        Assert.That((await operators.ReferAsync(caseId, "police", ground: null)).Code, Is.EqualTo("referral.no-consent"));
        Assert.That((await operators.ReferAsync(caseId, "womens-union", ground: null)).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task Should_leave_the_content_open_where_a_ground_holds()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await officer.SeesStateAsync(referral, "delivered");

        (await operators.PostAsync($"cases/{caseId}/consents/withdraw", new JsonObject())).Good();

        await Eventually.GetAsync("the agency confirmed", () => operators.GetAsync($"referrals/{referral}"), a => a.Json["consentConfirmedAt"] is not null);
        (await officer.GetAsync($"referrals/{referral}/content")).Good();
    }

    [Test]
    public async Task Should_open_the_content_again_with_a_file_that_comes_after_a_new_consent()
    {
        var (caseId, referral) = await ReferredOnConsentAsync();
        (await operators.PostAsync($"cases/{caseId}/consents/withdraw", new JsonObject())).Good();
        await Eventually.GetAsync("the agency confirmed", () => operators.GetAsync($"referrals/{referral}"), a => a.Json["consentConfirmedAt"] is not null);

        await ConsentAsync(caseId, "police", null);
        (await operators.PostAsync($"referrals/{referral}/updates", new JsonObject())).Good();

        await Eventually.GetAsync("the content opens again", () => officer.GetAsync($"referrals/{referral}/content"), a => a.Status == HttpStatusCode.OK);
    }

    [Test]
    public async Task Should_end_by_itself_when_its_time_is_over()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        await ConsentAsync(caseId, "police", null, until: DateTimeOffset.UtcNow.AddHours(2));
        var referral = (await operators.ReferAsync(caseId, "police", ground: null)).Good().Id;
        await officer.SeesStateAsync(referral, "delivered");

        await hotline.FastForwardAsync(TimeSpan.FromHours(3));

        await Eventually.GetAsync("the agency confirmed", () => operators.GetAsync($"referrals/{referral}"), a => a.Json["consentConfirmedAt"] is not null);
        Assert.That((await officer.GetAsync($"referrals/{referral}/content")).Status, Is.EqualTo(HttpStatusCode.Conflict));
    }

    [Test]
    public async Task Should_refuse_what_is_no_consent_and_who_may_not_record_it()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var good = new JsonObject { ["agency"] = "police", ["by"] = "victim", ["proof"] = "ghi âm phút 12" };

        Assert.That((await operators.PostAsync($"cases/{caseId}/consents", With(good, "agency", "navy"))).Code, Is.EqualTo("request.unknown-code"));
        Assert.That((await operators.PostAsync($"cases/{caseId}/consents", With(good, "proof", " "))).Code, Is.EqualTo("request.malformed"));
        Assert.That((await operators.PostAsync($"cases/{caseId}/consents", With(good, "until", "2020-01-01T00:00:00Z"))).Code, Is.EqualTo("request.malformed"));
        Assert.That((await operators.PostAsync($"cases/{Guid.Empty}/consents", good.DeepClone())).Code, Is.EqualTo("not-found"));
        Assert.That((await operators.PostAsync($"cases/{Guid.Empty}/consents/withdraw", new JsonObject())).Code, Is.EqualTo("not-found"));
        Assert.That((await (await hotline.AsSupervisor()).PostAsync($"cases/{caseId}/consents", good.DeepClone())).Code, Is.EqualTo("access.denied"));
        Assert.That((await operators.GetAsync($"cases/{caseId}/consents")).Json["items"]!.AsArray(), Is.Empty);
    }

    async Task<(Guid Case, Guid Referral)> ReferredOnConsentAsync()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        await ConsentAsync(caseId, "police", null);
        var referral = (await operators.ReferAsync(caseId, "police", ground: null)).Good().Id;
        await officer.SeesStateAsync(referral, "delivered");
        return (caseId, referral);
    }

    async Task ConsentAsync(Guid caseId, string agency, string? purpose, DateTimeOffset? until = null) =>
        (await operators.PostAsync($"cases/{caseId}/consents", new JsonObject
        {
            ["agency"] = agency, ["purpose"] = purpose, ["by"] = "victim", ["until"] = until?.ToString("o"), ["proof"] = "ghi âm phút 12",
        })).Good();

    static JsonObject With(JsonObject template, string name, JsonNode? value)
    {
        var changed = template.DeepClone().AsObject();
        changed[name] = value;
        return changed;
    }
}
