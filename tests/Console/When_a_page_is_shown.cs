using System.Text.Json.Nodes;
using Hotline.Console.Tests.Browsing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Console.Tests;

/// <summary>Each page in both languages, both themes and both widths: no axe violation, no complaint of the browser, nothing wider than the screen, and a picture to look at.</summary>
public sealed class When_a_page_is_shown
{
    RunningHotline hotline = null!;
    Dictionary<(string, string), Reader> readers = [];
    Guid call, several, caseId, overdue, account;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police");
        readers = new()
        {
            [("intake", "operator")] = await Reader.SignInAsync(hotline, "intake", "operator"),
            [("police", "dutyOfficer")] = await Reader.SignInAsync(hotline, "police", "dutyOfficer"),
            [("intake", "supervisor")] = await Reader.SignInAsync(hotline, "intake", "supervisor"),
            [("intake", "administrator")] = await Reader.SignInAsync(hotline, "intake", "administrator"),
            [("police", "administrator")] = await Reader.SignInAsync(hotline, "police", "administrator"),
        };
        await FillTheDeskAsync();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        foreach (var reader in readers.Values)
            await reader.DisposeAsync();
        await hotline.DisposeAsync();
    }

    /// <summary>One referral in each condition: declined, acknowledged, overdue; and a call with the longest texts.</summary>
    async Task FillTheDeskAsync()
    {
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"));
        var declined = await operators.ReferNewAsync("police", "P1");
        var acknowledged = await operators.ReferNewAsync("police", "P2");
        var nearTheLaw = await operators.ReferNewAsync("police", "P2");
        overdue = await operators.ReferNewAsync("police", "P0");
        foreach (var referral in new[] { declined, acknowledged, nearTheLaw, overdue })
            await operators.SeesStateAsync(referral, "delivered");
        (await officer.PostAsync($"referrals/{declined}/decline", new JsonObject { ["reasonCode"] = "wrong-place", ["text"] = "Ngoài địa bàn." })).Good();
        (await officer.PostAsync($"referrals/{acknowledged}/acknowledge")).Good();
        (await officer.PostAsync($"referrals/{nearTheLaw}/acknowledge")).Good();
        foreach (var referral in new[] { acknowledged, nearTheLaw })
            await operators.SeesStateAsync(referral, "acknowledged");
        await operators.SeesStateAsync(declined, "declined");
        await hotline.ExecuteAsync("intake", "update referrals set created_at = created_at - interval '21 hours' where id = $1", nearTheLaw);
        await hotline.ExecuteAsync("intake", "update referrals set created_at = created_at - interval '8 minutes', sent_at = sent_at - interval '8 minutes', delivered_at = delivered_at - interval '8 minutes' where id = $1", overdue);

        var longest = Samples.Call();
        longest["summary"] = string.Concat(Enumerable.Repeat("Người báo tin kể lại rất dài, từng việc một, theo đúng thứ tự đã nghe. ", 60))[..4000];
        longest["persons"]![0]!["fullName"] = "Nguyễn Phúc Công Tằng Tôn Nữ Thị Hồng Ngọc Bích Phượng Khánh Huyền";
        longest["placeOfEvent"]!["detail"] = "một_chuỗi_không_có_khoảng_trắng_" + new string('x', 160);
        (call, caseId) = await operators.OpenCaseAsync(longest);
        (await operators.ReferAsync(caseId, "police", "P1")).Good();
        several = (await operators.PostAsync("calls", Samples.CallOfTwo())).Good().Id;
        account = await hotline.ScalarAsync<Guid>("police", "select id from accounts where 'focalPoint' = any(roles) order by created_at limit 1");
    }

    [TestCase("intake", null, "/sign-in", "sign-in")]
    [TestCase("police", "dutyOfficer", "/account", "account")]
    [TestCase("police", "dutyOfficer", "/second-factor", "second-factor")]
    [TestCase("intake", "operator", "/desk", "desk")]
    [TestCase("intake", "operator", "/calls/{call}", "call")]
    [TestCase("intake", "operator", "/calls/{call}/refer", "refer")]
    [TestCase("intake", "operator", "/calls/{several}/refer", "refer-several-victims")]
    [TestCase("intake", "operator", "/cases/{case}", "case")]
    [TestCase("intake", "operator", "/cases", "find")]
    [TestCase("intake", "operator", "/call-sheet?referral={overdue}", "call-sheet")]
    [TestCase("intake", "operator", "/hand-over", "hand-over")]
    [TestCase("intake", "supervisor", "/call-backs", "call-backs")]
    [TestCase("intake", "supervisor", "/cases/{case}", "glass")]
    [TestCase("intake", "supervisor", "/break-glass", "break-glass")]
    [TestCase("intake", "administrator", "/administration/accounts", "accounts")]
    [TestCase("intake", "administrator", "/administration/accounts/new", "new-account")]
    [TestCase("police", "administrator", "/administration/accounts/{account}", "administer-account")]
    [TestCase("police", "administrator", "/administration/sessions", "sessions")]
    [TestCase("police", "administrator", "/administration/keys", "keys")]
    [TestCase("intake", "administrator", "/administration/agencies", "agencies")]
    [TestCase("police", "administrator", "/administration/profile", "profile")]
    public async Task Should_be_readable_by_everybody(string party, string? role, string path, string name)
    {
        var address = path.Replace("{call}", $"{call}", StringComparison.Ordinal).Replace("{several}", $"{several}", StringComparison.Ordinal).Replace("{case}", $"{caseId}", StringComparison.Ordinal)
            .Replace("{overdue}", $"{overdue}", StringComparison.Ordinal).Replace("{account}", $"{account}", StringComparison.Ordinal);
        if (role is not null)
        {
            await readers[(party, role)].ReadsWellAsync(address, name);
            return;
        }
        await using var stranger = await Reader.OpenAsync(hotline.Hosts[party].Url);
        await stranger.ReadsWellAsync(address, name);
    }

    [Test]
    public async Task Should_notice_what_not_everybody_can_read()
    {
        await using var stranger = await Reader.OpenAsync(hotline.Hosts["intake"].Url);
        await stranger.GoAsync("/sign-in");
        await stranger.Page.EvaluateAsync("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"\"><p class=\"pale\">Nhạt</p>')");
        await stranger.Page.EvaluateAsync("document.querySelector('.pale').style.color = '#eee'");

        var violations = await stranger.AxeAsync();

        Assert.That(violations, Has.Exactly(1).StartsWith("image-alt").And.Exactly(1).StartsWith("color-contrast"), "a check that finds nothing anywhere says nothing");
    }
}
