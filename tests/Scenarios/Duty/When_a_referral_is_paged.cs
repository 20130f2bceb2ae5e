using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline.Simulator;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests.Duty;

/// <summary>From Refer to a telephone that rings, an answer, and what the hotline sees of it.</summary>
public sealed partial class When_a_referral_is_paged
{
    const string Phone = "0912 000 901";

    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync(plan => plan with { SimulateChannels = true }, "police");
        await hotline.AddContactAsync("police", "duty-officer", $"sms:{Phone}");
        await hotline.AddContactAsync("police", "duty-officer", $"voice:{Phone}");
        await hotline.AddContactAsync("police", "duty-officer", "email:duty-officer@police.example");
        foreach (var unit in new[] { "01", "central" })
            await hotline.PutOnDutyAsync("police", unit, "primary=duty-officer");
        await hotline.AddContactAsync("intake", "supervisor", "sms:0912 000 902");
        await hotline.PutOnDutyAsync("intake", "central", "primary=supervisor");
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test]
    public async Task Should_reach_phone_and_inbox_and_say_nothing_of_the_case()
    {
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"));

        var referral = await operators.ReferNewAsync("police", "P0");
        var (sms, voice) = (await MessageAsync(operators, referral, "sms"), await MessageAsync(operators, referral, "voice"));
        var reference = (await operators.GetAsync($"referrals/{referral}"))["reference"];
        var mail = await Eventually.GetAsync("the mail is there", () => Task.FromResult(hotline.Simulator.Devices.Mails.FirstOrDefault(m => m.Subject.Contains(reference))), m => m is not null);
        var attempts = await Eventually.GetAsync(
            "the pages are delivered", () => officer.GetAsync($"referrals/{referral}/attempts"),
            a => a.Json["items"]!.AsArray().Count(i => (string?)i!["state"] == "delivered") >= 2);

        Assert.That(sms.Text, Does.StartWith("[DIỄN TẬP]").And.Contain(reference).And.Contain("P0").And.Contain("/a/"));
        Assert.That(voice.Text, Does.Contain("Bấm phím 1"));
        foreach (var text in new[] { sms.Text, voice.Text, mail!.Text, mail.Subject })
            Assert.That(text, Does.Not.Contain("karaoke").And.Not.Contain("Giả").And.Not.Contain("Ví Dụ").And.Not.Contain("Hà Nội"));
        Assert.That(attempts.Text, Does.Not.Match(Samples.PhoneNumber));
    }

    [Test]
    public async Task Should_show_the_hotline_who_was_paged_with_what_result()
    {
        var operators = await hotline.AsOperator();
        var referral = await operators.ReferNewAsync("police", "P1");

        var history = await Eventually.GetAsync(
            "the results are told", () => operators.GetAsync($"referrals/{referral}/history"),
            h => h.Json["items"]!.AsArray().SelectMany(i => i!["detail"]?["pages"]?.AsArray() ?? []).Any(p => (string?)p!["channel"] == "sms" && (string?)p["state"] == "delivered"));

        var advanced = history.Json["items"]!.AsArray().Where(i => (string?)i!["event"] == "escalation.advanced").ToList();
        Assert.That((string?)advanced[0]!["detail"]!["result"], Is.EqualTo("paging"));
        Assert.That(advanced.SelectMany(i => i!["detail"]!["pages"]!.AsArray()).Select(p => (string?)p!["channel"]), Does.Contain("sms").And.Contain("email"));
    }

    [Test]
    public async Task Should_acknowledge_by_a_link_that_works_once_and_shows_no_case()
    {
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"));
        var referral = await operators.ReferNewAsync("police", "P0");
        var link = Link().Match((await MessageAsync(operators, referral, "sms")).Text).Value;
        using var browser = new HttpClient(new SocketsHttpHandler { UseProxy = false });

        var shown = await (await browser.GetAsync(new Uri(link))).Content.ReadAsStringAsync();
        var untouched = (await officer.GetAsync($"referrals/{referral}")).State;
        var pressed = await browser.PostAsync(new Uri(link), null);
        var again = await browser.PostAsync(new Uri(link), null);
        var forged = await browser.PostAsync(new Uri(link[..^4] + "AAAA"), null);

        Assert.That(shown, Does.Contain("Tiếp nhận").And.Not.Contain("karaoke"));
        Assert.That(untouched, Is.EqualTo("delivered"));
        Assert.That((pressed.StatusCode, again.StatusCode, forged.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.NotFound)));
        Assert.That(await again.Content.ReadAsStringAsync(), Does.Contain("duty-officer"));
        await operators.SeesStateAsync(referral, "acknowledged");
    }

    [Test]
    public async Task Should_acknowledge_by_a_key_press_and_tell_the_second_who_has_it()
    {
        var operators = await hotline.AsOperator();
        var referral = await operators.ReferNewAsync("police", "P0");
        var call = await MessageAsync(operators, referral, "voice");

        var first = JsonNode.Parse(await hotline.Simulator.PressAsync(call, "1"))!;
        var second = JsonNode.Parse(await hotline.Simulator.PressAsync(call, "1"))!;

        Assert.That(((bool)first["acknowledged"]!, (string?)first["by"]), Is.EqualTo((true, "duty-officer")));
        Assert.That(((bool)second["acknowledged"]!, (string?)second["by"]), Is.EqualTo((false, "duty-officer")));
        await operators.SeesStateAsync(referral, "acknowledged");
    }

    [Test]
    public async Task Should_tell_the_second_who_presses_who_has_it()
    {
        var (operators, officer, focalPoint) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"), await hotline.AsFocalPoint("police"));
        var referral = await operators.ReferNewAsync("police", "P1");
        await operators.SeesStateAsync(referral, "delivered");

        (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();
        var second = await focalPoint.PostAsync($"referrals/{referral}/acknowledge");

        Assert.That(second.Code, Is.EqualTo("referral.wrong-state"));
        Assert.That(second["by"], Is.EqualTo("duty-officer"));
    }

    [Test]
    public async Task Should_refuse_a_forged_report_and_raise_an_alarm()
    {
        using var anyone = hotline.AsAnyone("police");

        var refused = await anyone.PostAsync("gateway/reports", new JsonObject
        {
            ["gateway"] = "gateway-1",
            ["id"] = Guid.CreateVersion7().ToString(),
            ["event"] = "key-pressed",
            ["key"] = "1",
            ["code"] = null,
        });

        Assert.That((refused.Status, refused.Code), Is.EqualTo((HttpStatusCode.Unauthorized, "gateway.bad-seal")));
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from alarms where code = 'gateway.bad-seal'"), Is.EqualTo(1));
    }

    [Test]
    public async Task Should_escalate_once_when_two_press_with_the_same_version()
    {
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"));
        var referral = await operators.ReferNewAsync("police", "P1");
        await MessageAsync(operators, referral, "sms");
        var seen = (await officer.GetAsync($"referrals/{referral}")).ETag!;

        var first = await officer.PostAsync($"referrals/{referral}/escalate", ifMatch: seen);
        var second = await officer.PostAsync($"referrals/{referral}/escalate", ifMatch: seen);
        var without = await officer.PostAsync($"referrals/{referral}/escalate");

        Assert.That((first.Status, second.Code, without.Code), Is.EqualTo((HttpStatusCode.OK, "version.stale", "version.required")));
        await Eventually.IsTrueAsync("the second step is paged", async () =>
            (await officer.GetAsync($"referrals/{referral}/attempts")).Json["items"]!.AsArray().Any(i => (int)i!["step"]! == 2));
    }

    [Test]
    public async Task Should_stop_the_pages_when_somebody_answered_by_phone()
    {
        var operators = await hotline.AsOperator();
        var referral = await operators.ReferNewAsync("police", "P0");
        await MessageAsync(operators, referral, "sms");

        (await operators.PostAsync($"referrals/{referral}/answered-by-phone", new JsonObject { ["person"] = "Trực ban", ["number"] = "069.44103" })).Good();

        await Eventually.IsTrueAsync("pages have stopped", async () =>
            await hotline.ScalarAsync<string>("police", "select status from escalations where subject_id = $1", referral) == "acknowledged");
    }

    /// <summary>The page of this referral on the officer's phone.</summary>
    async Task<PhoneMessage> MessageAsync(Actor operators, Guid referral, string channel)
    {
        var reference = (await operators.GetAsync($"referrals/{referral}"))["reference"];
        return (await Eventually.GetAsync(
            $"a page of {reference} by {channel}",
            () => Task.FromResult(hotline.Simulator.Devices.Messages.FirstOrDefault(m => m.To == Phone && m.Channel == channel && m.Text.Contains(reference))), m => m is not null))!;
    }

    [GeneratedRegex(@"http://\S+/a/\S+")]
    private static partial Regex Link();
}
