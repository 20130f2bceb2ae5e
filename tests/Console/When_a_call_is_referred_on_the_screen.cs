using System.Text.Json.Nodes;
using Hotline.Console.Tests.Browsing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

/// <summary>The refer page: what each agency will see, of whom, and on which ground.</summary>
public sealed class When_a_call_is_referred_on_the_screen
{
    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start() => hotline = await RunningHotline.StartAsync("police");

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test]
    public async Task Should_show_before_referring_every_word_that_is_sent_and_what_stays_withheld()
    {
        var operators = await hotline.AsOperator();
        var earlier = Samples.Call();
        earlier["summary"] = new string('x', 200) + " đang ở kho số bảy";
        earlier["persons"] = new JsonArray(
            new JsonObject { ["role"] = "victim", ["fullName"] = "Trần Thị Ví Dụ", ["notes"] = "có vết sẹo ở tay", ["phone"] = "0912 000 555", ["idNumber"] = "012345678901" },
            new JsonObject { ["role"] = "suspect", ["fullName"] = "Lê Văn Thử" });
        var (_, caseId) = await operators.OpenCaseAsync(earlier);
        (await operators.PostAsync($"cases/{caseId}/referrals", new JsonObject
        {
            ["agency"] = "police",
            ["urgency"] = "P1",
            ["purpose"] = "investigation",
            ["ground"] = "legal-duty",
            ["withhold"] = new JsonArray("suspects"),
        })).Good();
        var later = Samples.Call();
        later["summary"] = "Gọi lại: vẫn còn ở đó.";
        later["persons"] = new JsonArray();
        var call = (await operators.PostAsync("calls", later)).Good().Id;
        (await operators.PostAsync($"cases/{caseId}/calls", new JsonObject { ["callId"] = call.ToString() })).Good();
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");

        await reader.GoAsync($"/calls/{call}/refer?agency=police&urgency=P1");

        var table = reader.Page.Locator(".sees");
        foreach (var word in new[] { "đang ở kho số bảy", "Gọi lại: vẫn còn ở đó.", "có vết sẹo ở tay", "0912 000 555", "012345678901" })
            await Expect(table).ToContainTextAsync(word);
        ILocator Cell(string row) => table.Locator($"tr:has(th:has-text('{row}')) td[data-column=police]").First;
        await Expect(Cell("Người bị nghi").Locator("[data-kept]")).ToBeVisibleAsync();
        await Expect(Cell("Số giấy tờ của nạn nhân").Locator("[data-seen]")).ToBeVisibleAsync();
        await reader.Page.CheckAsync("[data-agency=police] [data-withhold=id-numbers]");
        await Expect(Cell("Số giấy tờ của nạn nhân").Locator("[data-kept]")).ToBeVisibleAsync();
        await reader.IsReadableAsync($"/calls/{call}/refer?agency=police&urgency=P1", "refer-of-a-case");
    }

    [Test]
    public async Task Should_refer_each_victim_of_a_call_on_their_own_ground_and_only_where_it_was_chosen()
    {
        var call = (await (await hotline.AsOperator()).PostAsync("calls", Samples.CallOfTwo())).Good().Id;
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");
        await PoliceOnlyAsync();
        var police = reader.Page.Locator("[data-agency=police]");
        var (files, grounds) = (police.Locator("[data-file]"), police.Locator("[data-ground]"));
        ILocator ColumnOf(int file) => reader.Page.Locator($"[data-file-of='{file}'] th[data-column=police]");
        Task<long> ReferralsAsync() => hotline.ScalarAsync<long>(
            "intake", "select count(*) from referrals r join case_calls c on c.case_id = r.case_id where c.call_id = $1", call);

        var offered = new[] { await grounds.Nth(0).InputValueAsync(), await grounds.Nth(1).InputValueAsync() };
        await files.Nth(0).UncheckAsync();
        await files.Nth(1).UncheckAsync();
        await Expect(reader.Page.Locator("#check-agencies")).ToContainTextAsync("Chọn ít nhất một cơ quan");
        await files.Nth(1).CheckAsync();
        await Expect(reader.Page.Locator("#check-agencies")).ToHaveTextAsync("Công an (2)");
        await Expect(ColumnOf(0)).ToBeHiddenAsync();
        await Expect(ColumnOf(1)).ToBeVisibleAsync();
        await reader.Page.ClickAsync("#send");
        await reader.Page.ArrivesAsync("**/cases/*");
        var sent = await ReferralsAsync();
        await PoliceOnlyAsync();
        await files.Nth(0).CheckAsync();
        await grounds.Nth(0).SelectOptionAsync("imminent-danger");
        await files.Nth(1).UncheckAsync();
        await reader.Page.ClickAsync("#send");
        await reader.Page.ArrivesAsync("**/cases/*");

        Assert.That((offered[0], offered[1]), Is.EqualTo(("legal-duty", "child")), "what holds for the child is not said of the adult");
        Assert.That((sent, await ReferralsAsync()), Is.EqualTo((1L, 2L)));
        Assert.That(
            await hotline.ScalarAsync<string>("intake", """
                select string_agg(r.ground, ' ' order by array_position($2::text[], r.ground)) from cases c join referrals r on r.case_id = c.id
                join case_calls cc on cc.case_id = c.id where cc.call_id = $1
                """, call, new[] { "imminent-danger", "child" }),
            Is.EqualTo("imminent-danger child"));

        async Task PoliceOnlyAsync()
        {
            await reader.GoAsync($"/calls/{call}/refer?agency=police&urgency=P1");
            await Expect(reader.Page.Locator("#check-agencies")).ToContainTextAsync("Bảo vệ trẻ em (2)");
            foreach (var other in await reader.Page.Locator("[data-agency]:not([data-agency=police]) [data-choose]").AllAsync())
                await other.UncheckAsync();
        }
    }
}
