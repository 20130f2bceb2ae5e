using System.Text.Json.Nodes;
using Hotline.Console.Tests.Browsing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Microsoft.Playwright;
using NUnit.Framework;

namespace Hotline.Console.Tests;

/// <summary>
/// The pictures of README.md, taken anew from the running services: into the tests' artefacts, and into the folder that
/// <c>HOTLINE_PICTURES</c> names, such as <c>deploy/docs</c>. People and cases are invented.
/// </summary>
public sealed class When_the_readme_is_illustrated
{
    const int Width = 1280;

    RunningHotline hotline = null!;
    readonly Dictionary<string, Guid> referrals = [];
    Guid call, caseId;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync();
        var operators = await hotline.AsOperator();
        (call, caseId) = await operators.OpenCaseAsync();
        foreach (var (agency, urgency) in ((string, string)[])[("police", "P1"), ("border-guard", "P1"), ("womens-union", "P2")])
            await ReferAsync(caseId, agency, urgency, ground: agency == "womens-union" ? "imminent-danger" : "legal-duty");
        var other = (await operators.OpenCaseAsync()).Case;
        await ReferAsync(other, "police", "P0", "imminent-danger", "second");
        await ReferAsync(other, "child-protection", "P1", "imminent-danger", "child");
        var police = await hotline.AsDutyOfficer("police");
        (await police.PostAsync($"referrals/{referrals["police"]}/acknowledge")).Good();
        (await police.PostAsync($"referrals/{referrals["police"]}/accept")).Good();
        (await (await hotline.AsDutyOfficer("border-guard")).PostAsync($"referrals/{referrals["border-guard"]}/acknowledge")).Good();
        (await (await hotline.AsDutyOfficer("child-protection")).PostAsync(
            $"referrals/{referrals["child"]}/decline", new JsonObject { ["reasonCode"] = "wrong-place", ["text"] = "Ngoài địa bàn." })).Good();
        await operators.SeesStateAsync(referrals["police"], "accepted");
        await operators.SeesStateAsync(referrals["border-guard"], "acknowledged");
        await operators.SeesStateAsync(referrals["child"], "declined");
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    async Task ReferAsync(Guid one, string agency, string urgency, string ground, string? name = null)
    {
        var operators = await hotline.AsOperator();
        var referral = (await operators.ReferAsync(one, agency, urgency, ground)).Good().Id;
        referrals[name ?? agency] = referral;
        await operators.SeesStateAsync(referral, "delivered");
    }

    [TestCase("desk", "intake", "operator", "/desk", 700)]
    [TestCase("call", "intake", "operator", "/calls/{call}", 800)]
    [TestCase("strip", "intake", "operator", "/cases/{case}", 620)]
    [TestCase("inbox", "police", "dutyOfficer", "/inbox", 620)]
    [TestCase("board", "intake", "supervisor", "/board", 760)]
    public async Task Should_show_the_page_as_it_is(string name, string party, string role, string path, int height)
    {
        await using var reader = await Reader.SignInAsync(hotline, party, role, Width, height);
        await reader.GoAsync(path.Replace("{call}", $"{call}", StringComparison.Ordinal).Replace("{case}", $"{caseId}", StringComparison.Ordinal));
        await reader.Page.EvaluateAsync("document.fonts.ready.then(() => true)");
        // What scripts fetch beside the call.
        if (name == "call")
            await reader.Page.WaitForSelectorAsync("#advice .marks");

        var picture = await reader.Page.ScreenshotAsync(new PageScreenshotOptions { Type = ScreenshotType.Png });
        foreach (var folder in new[] { Environment.GetEnvironmentVariable("HOTLINE_PICTURES"), Path.Combine(TestContext.CurrentContext.WorkDirectory, "TestResults", "screens") }.OfType<string>())
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllBytesAsync(Path.Combine(folder, $"{(folder.EndsWith("screens", StringComparison.Ordinal) ? "readme-" : "")}{name}.png"), picture);
        }

        Assert.That(reader.Complaints, Is.Empty);
        Assert.That(await reader.Page.Locator("h1").CountAsync(), Is.GreaterThan(0));
        Assert.That(await reader.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(Width));
        Assert.That(File.Exists(Path.Combine(Provisioning.Hosts.Clone.Folder, "deploy", "docs", $"{name}.png")), Is.True, "the README shows it");
    }
}
