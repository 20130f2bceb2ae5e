using Hotline.Console.Tests.Browsing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

/// <summary>The desk changes by itself.</summary>
public sealed class When_an_agency_acts
{
    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start() => hotline = await RunningHotline.StartAsync("police", "border-guard");

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test, Order(0)]
    public async Task Should_change_the_strip_of_an_open_desk()
    {
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"));
        var referral = await operators.ReferNewAsync("police", "P1");
        await operators.SeesStateAsync(referral, "delivered");
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");
        await reader.GoAsync("/desk");
        await Expect(reader.Page.Locator($"[data-strip='{referral}'] .st.running")).ToContainTextAsync("Chờ tiếp nhận");

        (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();

        await Expect(reader.Page.Locator(".rest")).ToContainTextAsync("đã tiếp nhận");
        Assert.That(reader.Complaints, Is.Empty);
    }

    [Test]
    public async Task Should_make_declined_work_of_the_desk_taken_by_name()
    {
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"));
        var referral = await operators.ReferNewAsync("police", "P1");
        await operators.SeesStateAsync(referral, "delivered");
        (await officer.PostAsync($"referrals/{referral}/decline", new System.Text.Json.Nodes.JsonObject { ["reasonCode"] = "wrong-place", ["text"] = "Ngoài địa bàn." })).Good();
        await operators.SeesStateAsync(referral, "declined");
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");
        await reader.GoAsync("/desk");
        var work = reader.Page.Locator("article", new() { Has = reader.Page.Locator($"[data-strip='{referral}']") });

        await Expect(work).ToContainTextAsync("Chưa ai nhận việc này");
        await work.Locator("form[action$='/take'] button").ClickAsync();

        await Expect(work).ToContainTextAsync("Người giữ việc: operator");
    }

    [Test, Order(2)]
    public async Task Should_open_the_sheet_of_the_agency_that_is_overdue_with_who_answered_and_numbers_as_they_are_now()
    {
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"));
        var (_, caseId) = await operators.OpenCaseAsync();
        var declined = (await operators.ReferAsync(caseId, "police")).Good().Id;
        var overdue = (await operators.ReferAsync(caseId, "border-guard")).Good().Id;
        await operators.SeesStateAsync(declined, "delivered");
        await operators.SeesStateAsync(overdue, "delivered");
        (await officer.PostAsync($"referrals/{declined}/decline", new System.Text.Json.Nodes.JsonObject { ["reasonCode"] = "wrong-place" })).Good();
        await operators.SeesStateAsync(declined, "declined");
        await hotline.FastForwardAsync(TimeSpan.FromMinutes(20));
        await hotline.ExecuteAsync("intake", "update desks set phone = '010 1234 567' where agency = 'border-guard' and unit = 'central'");
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");
        await reader.GoAsync("/desk");

        await reader.Page.ClickAsync($"article:has([data-strip='{overdue}']) a[href^='/call-sheet']");
        await Expect(reader.Page.Locator(".tel").First).ToHaveTextAsync("010 1234 567");
        await reader.Page.FillAsync("#person-1", "Thiếu tá Ví Dụ, trực ban");
        await reader.Page.ClickAsync(".callrow:first-child form button");

        await Expect(reader.Page.Locator(".lst")).ToContainTextAsync("Thiếu tá Ví Dụ, trực ban");
        await Expect(reader.Page.Locator(".lst")).ToContainTextAsync("010 1234 567");
        Assert.That(await hotline.ScalarAsync<bool>("intake", "select answered_by_phone_at is not null from referrals where id = $1", overdue), Is.True);
        await reader.IsReadableAsync($"/call-sheet?referral={overdue}", "call-sheet-answered");
    }

    [Test, Order(3)]
    public async Task Should_ring_for_what_is_late_on_every_page_and_let_somebody_take_it()
    {
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");
        await reader.Context.AddInitScriptAsync("window.heard = 0; window.AudioContext = class { constructor() { window.heard++; throw new Error('no sound here'); } };");
        await reader.GoAsync("/cases");
        await using var desk = await reader.BesideAsync(1440, 1000, "vi", ColorScheme.Light);
        await desk.GoAsync("/desk");
        hotline.Hosts["police"].Kill();
        try
        {
            var operators = await hotline.AsOperator();
            var referral = await operators.ReferNewAsync("police", "P0");
            await hotline.FastForwardAsync(TimeSpan.FromSeconds(61));

            await Expect(reader.Page.Locator(".bell.danger")).ToContainTextAsync("chưa ai nhận");
            await Expect(reader.Page).ToHaveTitleAsync(new System.Text.RegularExpressions.Regex(@"^\(\d+\) "));
            Assert.That(await reader.Page.EvaluateAsync<int>("window.heard"), Is.Positive);
            var alarm = desk.Page.Locator(".alarm", new() { HasText = "Chưa đến cơ quan" });
            await Expect(alarm).ToContainTextAsync("Công an");
            await Expect(desk.Page.Locator(".alarms")).ToContainTextAsync("Hệ thống của cơ quan không trả lời");
            await Expect(desk.Page.Locator("[data-part='/desk/connections']")).ToContainTextAsync("mất kết nối từ");
            await desk.IsReadableAsync("/desk", "desk-alarms");
            await alarm.GetByRole(AriaRole.Button).ClickAsync();

            await Expect(desk.Page.Locator(".alarms details", new() { HasText = "đã có người nhận" })).ToContainTextAsync("operator đã nhận");
            Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from watch_items where referral_id = $1 and cleared_at is null and taken_by is null", referral), Is.Zero);
            Assert.That(reader.Complaints, Is.Empty);
        }
        finally
        {
            await hotline.Hosts["police"].StartAsync();
        }
    }

    [Test, Order(1)]
    public async Task Should_record_the_reading_of_a_history_once_however_often_the_page_asks_again()
    {
        var operators = await hotline.AsOperator();
        var (_, caseId) = await operators.OpenCaseAsync();
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");
        await reader.GoAsync($"/cases/{caseId}");
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await operators.SeesStateAsync(referral, "delivered");
        await Expect(reader.Page.Locator(".timeline")).ToContainTextAsync("đã chuyển đến");

        (await (await hotline.AsDutyOfficer("police")).PostAsync($"referrals/{referral}/acknowledge")).Good();
        await Expect(reader.Page.Locator(".timeline")).ToContainTextAsync("đã tiếp nhận");
        var other = await operators.ReferNewAsync("police");
        await operators.SeesStateAsync(other, "delivered");

        Assert.That(await ReadingsAsync(referral), Is.EqualTo(1), "by the page, when the referral was there first");
        await reader.Page.ReloadAsync();
        Assert.That(await ReadingsAsync(referral), Is.EqualTo(2), "by a person, who opened it again");
        await reader.Page.GotoAsync(new Uri(hotline.Hosts["intake"].Url, $"/cases/{caseId}/standing?shown={referral:N}").ToString());
        Assert.That(await ReadingsAsync(referral), Is.EqualTo(3), "who says so without having seen it is recorded");
    }

    Task<long> ReadingsAsync(Guid referral) => hotline.ScalarAsync<long>(
        "intake", "select count(*) from audit.records where leaf::jsonb ->> 'kind' = 'history.opened' and leaf::jsonb ->> 'referral' = $1", referral.ToString());

    [Test]
    public async Task Should_open_no_operators_page_to_other_roles()
    {
        await using var reader = await Reader.SignInAsync(hotline, "intake", "supervisor");
        var (_, caseId) = await (await hotline.AsOperator()).OpenCaseAsync();

        foreach (var path in new[] { "/desk", "/desk/work", $"/cases/{caseId}", $"/cases/{caseId}/standing", "/call-sheet", "/hand-over" })
        {
            var answer = await reader.Page.GotoAsync(new Uri(hotline.Hosts["intake"].Url, path).ToString());
            Assert.That(answer!.Status, Is.EqualTo(403), path);
        }
    }
}
