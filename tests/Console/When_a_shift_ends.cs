using System.Text.Json.Nodes;
using Hotline.Console.Tests.Browsing;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

/// <summary>What is open goes from hand to hand by name; steps outside the four, ringing back and a broken glass each have somebody who signs.</summary>
public sealed class When_a_shift_ends
{
    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start() => hotline = await RunningHotline.StartAsync("police");

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    /// <summary>A further account of the role, signed in on a screen; the password is known because an administrator just made it.</summary>
    async Task<Reader> ComesAsync(string role, string party = "intake")
    {
        var name = $"{role.ToLowerInvariant()}-{Guid.NewGuid():N}"[..20];
        var made = (await (await hotline.AsAdministrator(party)).PostAsync("accounts", new JsonObject { ["userName"] = name, ["alias"] = name, ["roles"] = new JsonArray(role) })).Good();
        var reader = await Reader.OpenAsync(hotline.Hosts[party].Url);
        await reader.GoAsync("/sign-in");
        await reader.EnterAsync(name, made["password"], Actor.Totp(made["totpSecret"]));
        await reader.Page.Locator("form[action='/sign-out']").WaitForAsync();
        return reader;
    }

    [Test]
    public async Task Should_hand_over_cases_unfinished_calls_and_a_word_and_be_signed_for()
    {
        var operators = await hotline.AsOperator();
        var draft = (await operators.PostAsync("calls", Samples.Call())).Good()["reference"];
        await operators.SeesStateAsync(await operators.ReferNewAsync("police"), "delivered");
        await using var leaves = await Reader.SignInAsync(hotline, "intake", "operator");
        await leaves.GoAsync("/hand-over");
        await leaves.Page.FillAsync("#hand-over-note", "Gọi lại Công an lúc 22 giờ.");
        await leaves.Page.ClickAsync("form[action='/hand-over'] button");
        await leaves.Page.ClickAsync("form[action='/hand-over'] button");
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from hand_overs"), Is.EqualTo(1), "signed again it is the same");
        await leaves.Page.FillAsync("#hand-over-note", "Gọi lại Công an lúc 22 giờ.");
        await leaves.Page.ClickAsync("form[action='/hand-over'] button");
        Assert.That(await hotline.ScalarAsync<string>("intake", "select hand_overs::text from hand_overs"), Does.Not.Contain("22 giờ"), "sealed");

        await using var comes = await ComesAsync("operator");
        await comes.GoAsync("/desk");
        await comes.Page.ClickAsync("text=chờ ký nhận");
        await Expect(comes.Page.Locator("main")).ToContainTextAsync("Gọi lại Công an lúc 22 giờ.");
        await comes.Page.ClickAsync("form[action$='/take'] button");
        await comes.GoAsync("/desk");
        await leaves.GoAsync("/desk");

        await Expect(comes.Page.Locator(".left")).ToContainTextAsync(draft);
        await Expect(leaves.Page.Locator(".left")).Not.ToContainTextAsync(draft);
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from audit.records where leaf::jsonb ->> 'kind' = 'shift.taken-over'"), Is.EqualTo(1));
    }

    [Test]
    public async Task Should_tick_off_each_step_outside_the_four_by_name()
    {
        var call = Samples.Call();
        call["placeOfEvent"]!["route"] = "sea";
        var (_, caseId) = await (await hotline.AsOperator()).OpenCaseAsync(call);
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");
        await reader.GoAsync($"/cases/{caseId}");
        var coastGuard = reader.Page.Locator("#outside li", new() { HasText = "Cảnh sát biển" });
        await Expect(coastGuard).ToContainTextAsync("cần báo");
        await Expect(reader.Page.Locator("#outside li")).ToHaveCountAsync(4);

        await coastGuard.Locator("[name=person]").FillAsync("Trực ban Vùng 1");
        await coastGuard.Locator("button").ClickAsync();

        await Expect(coastGuard).ToContainTextAsync("Trực ban Vùng 1");
        await Expect(coastGuard).ToContainTextAsync("operator đã báo");
        Assert.That(await hotline.ScalarAsync<string>("intake", "select outside_steps::text from outside_steps where case_id = $1", caseId), Does.Not.Contain("Trực ban"));
        await coastGuard.Locator("button").ClickAsync();
        await Expect(coastGuard).ToContainTextAsync("cần báo");
        Assert.That(await reader.AxeAsync(), Is.Empty);
    }

    [Test]
    public async Task Should_let_nobody_ring_back_until_a_supervisor_has_decided()
    {
        var call = Samples.Call();
        call["safety"]!["safeToCallBack"] = null;
        var operators = await hotline.AsOperator();
        var (callId, caseId) = await operators.OpenCaseAsync(call);
        var code = (await operators.PostAsync($"calls/{callId}/call-back-code")).Good()["code"];
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");
        await using var supervisor = await Reader.SignInAsync(hotline, "intake", "supervisor");
        await reader.GoAsync($"/cases/{caseId}");
        await Expect(reader.Page.Locator("main")).ToContainTextAsync("Chờ giám sát viên quyết định");

        await supervisor.GoAsync("/call-backs");
        Assert.That(await supervisor.Page.ContentAsync(), Does.Not.Contain("Trần Thị Ví Dụ"));
        Assert.That(await supervisor.AxeAsync(), Is.Empty);
        await supervisor.Page.ClickAsync($"form[action='/call-backs/{callId}/allow'] button");
        await reader.Page.ReloadAsync();

        await Expect(reader.Page.Locator("main")).ToContainTextAsync("cho phép gọi lại");
        await reader.GoAsync("/cases");
        await reader.Page.FillAsync("#call-back-code", code);
        await reader.Page.ClickAsync("#check-code button");
        await Expect(reader.Page.Locator("#code-outcome")).ToContainTextAsync("Được nói:");
        Assert.That(reader.Complaints, Is.Empty);
    }

    [Test]
    public async Task Should_give_a_call_back_code_on_the_call_page()
    {
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");
        var (callId, _) = await (await hotline.AsOperator()).OpenCaseAsync();
        await reader.GoAsync($"/calls/{callId}");

        await reader.Page.ClickAsync("[data-give-code]");

        await Expect(reader.Page.Locator("#given-code")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^\\d{4} \\d{4} \\d{4}$"));
        Assert.That(reader.Complaints, Is.Empty);
    }

    [Test]
    public async Task Should_open_a_case_by_a_broken_glass_from_the_page_that_refuses()
    {
        var (_, caseId) = await (await hotline.AsOperator()).OpenCaseAsync();
        await using var asks = await Reader.SignInAsync(hotline, "intake", "supervisor");
        await using var approves = await ComesAsync("supervisor");
        await asks.GoAsync($"/cases/{caseId}");
        await Expect(asks.Page.Locator("h1")).ToHaveTextAsync("Không mở được hồ sơ này");
        Assert.That(await asks.AxeAsync(), Is.Empty);

        await asks.Page.SelectOptionAsync("#reason", "life-in-danger");
        await asks.Page.ClickAsync("form[data-send='/api/v1/break-glass'] button");
        await Expect(asks.Page.Locator("main")).ToContainTextAsync("chờ người thứ hai duyệt");
        await approves.GoAsync("/break-glass");
        Assert.That(await approves.AxeAsync(), Is.Empty);
        await approves.Page.ClickAsync("form[data-send$='/approve'] button");
        await Expect(approves.Page.Locator("main")).ToContainTextAsync("đang mở đến");
        await asks.GoAsync($"/cases/{caseId}");

        await Expect(asks.Page.Locator("main")).ToContainTextAsync("Trần Thị Ví Dụ");
        await approves.Page.Locator("form[data-send$='/review'] button").First.ClickAsync();
        await Expect(approves.Page.Locator("main")).ToContainTextAsync("mở đúng");
        await asks.GoAsync($"/cases/{caseId}");
        await Expect(asks.Page.Locator("h1")).ToHaveTextAsync("Không mở được hồ sơ này");
    }

    [Test]
    public async Task Should_open_a_referral_at_an_agency_by_a_broken_glass()
    {
        var operators = await hotline.AsOperator();
        var referral = await operators.ReferNewAsync("police");
        await operators.SeesStateAsync(referral, "delivered");
        await using var asks = await ComesAsync("dutyOfficer", "police");
        await using var approves = await ComesAsync("focalPoint", "police");
        await asks.GoAsync($"/inbox/{referral}/file");
        await Expect(asks.Page.Locator("main")).ToContainTextAsync("Chỉ cán bộ đầu mối đang được chỉ định mới mở được hồ sơ.");
        await asks.IsReadableAsync(new Uri(asks.Page.Url).AbsolutePath, "glass-agency");

        await asks.GoAsync($"/inbox/{referral}/glass");
        await asks.Page.SelectOptionAsync("#reason", "life-in-danger");
        await asks.Page.ClickAsync("form[data-send='/api/v1/break-glass'] button");
        await Expect(asks.Page.Locator("main")).ToContainTextAsync("chờ người thứ hai duyệt");
        await approves.Page.ClickAsync("nav a[href='/break-glass']");
        await Expect(approves.Page.Locator("h2").First).ToContainTextAsync("CT-");
        await approves.IsReadableAsync("/break-glass", "break-glass-agency");
        await approves.Page.ClickAsync("form[data-send$='/approve'] button");
        await Expect(approves.Page.Locator("main")).ToContainTextAsync("đang mở đến");
        await asks.GoAsync($"/inbox/{referral}/glass");
        await asks.Page.ClickAsync("text=Mở hồ sơ");

        await Expect(asks.Page.Locator("main")).ToContainTextAsync("Trần Thị Ví Dụ");
        await Eventually.GetAsync("the hotline was told", () => operators.GetAsync($"referrals/{referral}/history"), a => a.Text.Contains("life-in-danger", StringComparison.Ordinal));
    }
}
