using Hotline.Console.Tests.Browsing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

/// <summary>The desk changes by itself.</summary>
public sealed class When_an_agency_acts
{
    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start() => hotline = await RunningHotline.StartAsync("police");

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test]
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
