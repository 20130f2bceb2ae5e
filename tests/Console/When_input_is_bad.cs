using System.Text.Json.Nodes;
using Hotline.Console.Tests.Browsing;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

/// <summary>Two tabs, an old token, a wrong clock, a double press, text from a word processor, marks that turn the writing: nothing is lost, nothing is done twice.</summary>
public sealed class When_input_is_bad
{
    RunningHotline hotline = null!;
    Reader reader = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police", "border-guard");
        reader = await Reader.SignInAsync(hotline, "intake", "operator");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await reader.DisposeAsync();
        await hotline.DisposeAsync();
    }

    async Task<Guid> OpenCallAsync()
    {
        await reader.GoAsync("/desk");
        await reader.Page.Keyboard.PressAsync("n");
        await reader.Page.ArrivesAsync("**/calls/*");
        return Guid.Parse(new Uri(reader.Page.Url).Segments[2].TrimEnd('/'));
    }

    async Task SeesSavedAsync(Guid call, string member, string value)
    {
        var operators = await hotline.AsOperator();
        await Eventually.GetAsync($"{member} is saved", async () => (await operators.GetAsync($"calls/{call}")).Good().Json[member]?.ToString(), saved => saved == value);
    }

    async Task<(Guid Case, Guid Referral)> ReferredAsync(JsonObject? call = null)
    {
        var operators = await hotline.AsOperator();
        var (_, caseId) = await operators.OpenCaseAsync(call);
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await operators.SeesStateAsync(referral, "delivered");
        return (caseId, referral);
    }

    [Test]
    public async Task Should_tell_both_tabs_of_one_case_and_keep_what_is_typed_in_each()
    {
        var (caseId, referral) = await ReferredAsync();
        await reader.GoAsync($"/cases/{caseId}");
        var tab = await reader.Context.NewPageAsync();
        await tab.GotoAsync(reader.Page.Url);
        await Expect(tab.Locator("[data-tab]")).ToContainTextAsync("thẻ khác");
        await Expect(reader.Page.Locator("[data-tab]")).ToContainTextAsync("thẻ khác");

        await tab.FillAsync("#note", "Gõ ở thẻ thứ hai, chưa gửi");
        await tab.Locator("h1").ClickAsync();
        await reader.Page.FillAsync("#note", "Gửi từ thẻ thứ nhất");
        await reader.Page.ClickAsync(".note-form button");

        await Expect(tab.Locator(".timeline")).ToContainTextAsync("Gửi từ thẻ thứ nhất");
        await Expect(tab.Locator("#note")).ToHaveValueAsync("Gõ ở thẻ thứ hai, chưa gửi");
        await tab.ClickAsync(".note-form button");
        await Expect(reader.Page.Locator(".timeline")).ToContainTextAsync("Gõ ở thẻ thứ hai, chưa gửi");
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from referral_history where referral_id = $1 and event = 'note.added'", referral), Is.EqualTo(2));
        await tab.CloseAsync();
    }

    [Test]
    public async Task Should_send_a_note_to_the_agency_that_was_chosen_whatever_changed_meanwhile()
    {
        var (caseId, first) = await ReferredAsync();
        var operators = await hotline.AsOperator();
        var second = (await operators.ReferAsync(caseId, "border-guard")).Good().Id;
        await operators.SeesStateAsync(second, "delivered");
        await reader.GoAsync($"/cases/{caseId}");
        await reader.Page.SelectOptionAsync("#note-to", $"/api/v1/referrals/{second}/notes");
        await reader.Page.FillAsync("#note", "Chỉ cho bộ đội biên phòng");
        await reader.Page.Locator("h1").ClickAsync();
        await reader.Page.EvaluateAsync("document.querySelector('.note-form').dataset.before = ''");

        (await (await hotline.AsDutyOfficer("police")).PostAsync($"referrals/{first}/acknowledge")).Good();
        await Expect(reader.Page.Locator(".note-form[data-before]")).ToHaveCountAsync(0);
        await reader.Page.ClickAsync(".note-form button");

        await Expect(reader.Page.Locator(".timeline")).ToContainTextAsync("Chỉ cho bộ đội biên phòng");
        Assert.That(await hotline.ScalarAsync<Guid[]>(
            "intake", "select array_agg(referral_id) from referral_history where event = 'note.added' and referral_id in ($1, $2)", first, second), Is.EqualTo(new[] { second }));
        Assert.That(await reader.Page.Locator("#note-to").InputValueAsync(), Is.Empty, "nobody stands first: none is chosen in a person's place");
    }

    [Test]
    public async Task Should_show_no_case_by_the_back_button_after_signing_out()
    {
        var (caseId, _) = await ReferredAsync();
        await using var leaver = await Reader.SignInAsync(hotline, "intake", "operator");
        await leaver.GoAsync($"/cases/{caseId}");
        await Expect(leaver.Page.Locator("main")).ToContainTextAsync("Trần Thị Ví Dụ");

        await leaver.Page.ClickAsync("form[action='/sign-out'] button");
        await leaver.Page.ArrivesAsync("**/sign-in");
        await leaver.Page.GoBackAsync();

        await Expect(leaver.Page.Locator("h1")).ToHaveTextAsync("Đăng nhập");
        Assert.That(await leaver.Page.ContentAsync(), Does.Not.Contain("Trần Thị Ví Dụ"));
    }

    [Test]
    public async Task Should_go_where_signing_out_leads_also_when_a_live_part_hears_of_the_end_first()
    {
        var (caseId, _) = await ReferredAsync();
        await using var leaver = await Reader.SignInAsync(hotline, "intake", "operator");
        await leaver.GoAsync($"/cases/{caseId}");
        await leaver.Page.EvaluateAsync("""
            setInterval(() => {
              const part = document.querySelector('[data-part="/desk/bell"]');
              part.dataset.stale = '';
              part.dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
            }, 50)
            """);
        await leaver.Page.RouteAsync("**/sign-out", async route =>
        {
            await route.FetchAsync(new RouteFetchOptions { MaxRedirects = 0 });
            // Twice: when the second is refused, the page has heard of the first.
            for (var refused = 0; refused < 2; refused++)
                await leaver.Page.WaitForResponseAsync(response => response.Status == 401 && response.Url.EndsWith("/desk/bell", StringComparison.Ordinal));
            await route.FulfillAsync(new RouteFulfillOptions { Status = 200, Body = "where signing out leads" });
        });

        await leaver.Page.ClickAsync("form[action='/sign-out'] button");

        await Expect(leaver.Page.Locator("body")).ToHaveTextAsync("where signing out leads");
    }

    [Test]
    public async Task Should_keep_the_draft_when_the_antiforgery_token_has_expired()
    {
        var call = await OpenCallAsync();
        await reader.Page.EvaluateAsync("document.querySelector('meta[name=antiforgery]').content = 'of-another-session'");

        await reader.Page.FillAsync("#summary", "Gõ với mã của phiên trước");

        await SeesSavedAsync(call, "summary", "Gõ với mã của phiên trước");
        await Expect(reader.Page.Locator("#save")).ToContainTextAsync("Đã lưu");
    }

    [Test]
    public async Task Should_refuse_a_form_with_an_old_token_in_words_and_change_nothing()
    {
        await reader.GoAsync("/hand-over");
        var before = await hotline.ScalarAsync<long>("intake", "select count(*) from hand_overs");
        await reader.Page.EvaluateAsync("document.querySelectorAll('[name=antiforgery]').forEach(i => { i.value = 'cũ'; })");

        await reader.Page.ClickAsync("form[action='/hand-over'] button");

        await Expect(reader.Page.Locator("main")).ToContainTextAsync("Tải lại trang");
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from hand_overs"), Is.EqualTo(before));
    }

    [TestCase(1)]
    [TestCase(-1)]
    public async Task Should_go_by_the_servers_time_where_the_browsers_clock_is_wrong_by_a_day(int days)
    {
        await using var wrong = await reader.BesideAsync(1440, 1000, "vi", ColorScheme.Light);
        await wrong.Context.AddInitScriptAsync(
            $"(() => {{ const Right = Date, off = {days} * 86400000; globalThis.Date = class extends Right {{ constructor(...a) {{ a.length ? super(...a) : super(Right.now() + off); }} static now() {{ return Right.now() + off; }} }}; }})()");
        var (_, referral) = await ReferredAsync();
        await wrong.GoAsync("/desk");
        await Expect(wrong.Page.Locator($"[data-strip='{referral}']")).ToBeVisibleAsync();
        Assert.That(await wrong.Page.EvaluateAsync<double>("Math.abs(Date.now() - window.hotline.now())"), Is.GreaterThan(80_000_000), "the browser's clock is wrong");

        var clock = await wrong.Page.Locator($"[data-strip='{referral}'] .clk, article:has([data-strip='{referral}']) .clk").First.InnerTextAsync();
        await wrong.Page.Keyboard.PressAsync("n");
        await wrong.Page.ArrivesAsync("**/calls/*");
        var call = Guid.Parse(new Uri(wrong.Page.Url).Segments[2].TrimEnd('/'));
        var logged = (await (await hotline.AsOperator()).GetAsync($"calls/{call}")).Good();

        Assert.That(clock, Does.Match("^\\D*\\d\\d:\\d\\d"), "minutes, not a day");
        Assert.That(DateTimeOffset.Parse(logged["startedAt"], System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(await hotline.Installation.NowAsync()).Within(TimeSpan.FromMinutes(30)));
        Assert.That(await wrong.Page.Locator("[data-timer]").InnerTextAsync(), Does.StartWith("00:").Or.StartWith("01:"));
    }

    [Test]
    public async Task Should_start_one_call_and_send_one_note_however_often_the_button_is_pressed()
    {
        var (caseId, referral) = await ReferredAsync();
        await reader.GoAsync("/desk");
        var before = await hotline.ScalarAsync<long>("intake", "select count(*) from calls");

        await reader.Page.EvaluateAsync("() => { const b = document.querySelector(\"form[action='/calls'] button\"); b.click(); b.click(); b.click(); }");
        await reader.Page.ArrivesAsync("**/calls/*");
        await reader.GoAsync($"/cases/{caseId}");
        await reader.Page.FillAsync("#note", "Một lần thôi");
        await reader.Page.EvaluateAsync("() => { const b = document.querySelector('.note-form button'); b.click(); b.click(); }");
        await Expect(reader.Page.Locator(".timeline")).ToContainTextAsync("Một lần thôi");

        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from calls"), Is.EqualTo(before + 1));
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from referral_history where referral_id = $1 and event = 'note.added'", referral), Is.EqualTo(1));
    }

    [Test]
    public async Task Should_refer_once_however_often_it_is_pressed()
    {
        var operators = await hotline.AsOperator();
        var (call, _) = await operators.OpenCaseAsync();
        await reader.GoAsync($"/calls/{call}/refer?agency=police&urgency=P1");
        await Expect(reader.Page.Locator("#check-agencies")).ToContainTextAsync("Công an");

        await reader.Page.EvaluateAsync("() => { const b = document.getElementById('send'); b.click(); b.click(); }");
        await reader.Page.ArrivesAsync("**/cases/*");

        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from referrals r join case_calls c on c.case_id = r.case_id where c.call_id = $1", call), Is.EqualTo(1));
    }

    [TestCase(401, "Phiên làm việc đã kết thúc")]
    [TestCase(404, "Không còn cuộc gọi")]
    [TestCase(410, "đã được tiêu hủy")]
    public async Task Should_say_why_no_case_was_opened(int status, string word)
    {
        var call = (await (await hotline.AsOperator()).PostAsync("calls", Samples.Call())).Good().Id;
        await reader.GoAsync($"/calls/{call}/refer?agency=police&urgency=P1");
        await reader.Page.RouteAsync("**/api/v1/cases", route => route.FulfillAsync(new RouteFulfillOptions { Status = status, ContentType = "application/problem+json", Body = "{}" }));

        await reader.Page.ClickAsync("#send");

        await Expect(reader.Page.Locator("#problem")).ToContainTextAsync(word);
        await reader.Page.UnrouteAsync("**/api/v1/cases");
    }

    [Test]
    public async Task Should_take_text_from_a_word_processor_as_text()
    {
        var call = await OpenCallAsync();
        await reader.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        const string plain = "“Cháu ở nhà nghỉ…”\u00A0– mẹ kể\u00AD:\n•\tphòng 3";
        await reader.Page.EvaluateAsync(
            """
            text => navigator.clipboard.write([new ClipboardItem({
              'text/html': new Blob(['<html xmlns:o="urn:schemas-microsoft-com:office:office"><body><p class=MsoNormal><b>' + text + '</b><o:p></o:p></p><script>document.title="x"</scr' + 'ipt></body></html>'], { type: 'text/html' }),
              'text/plain': new Blob([text], { type: 'text/plain' }) })])
            """, plain);

        await reader.Page.FocusAsync("#summary");
        await reader.Page.Keyboard.PressAsync("Control+v");

        await SeesSavedAsync(call, "summary", plain);
        await Expect(reader.Page).Not.ToHaveTitleAsync("x");
        Assert.That(reader.Complaints, Is.Empty);
    }

    [Test]
    public async Task Should_end_marks_of_direction_with_the_name_that_has_them()
    {
        var call = Samples.Call();
        call["persons"]![0]!["fullName"] = "Trần \u202EThị\u2067 Ví Dụ";
        var (caseId, _) = await ReferredAsync(call);

        await reader.GoAsync($"/cases/{caseId}");
        // What stands after the name is still written from left to right, after it.
        var (name, year) = (reader.Page.Locator("dd bdi").First, await reader.Page.EvaluateAsync<double>(
            """
            () => { const dd = document.querySelector('dd:has(bdi)'); const walk = document.createTreeWalker(dd, NodeFilter.SHOW_TEXT); let n;
              while ((n = walk.nextNode())) { const at = n.data.indexOf('2004'); if (at >= 0) { const r = document.createRange(); r.setStart(n, at); r.setEnd(n, at + 1); const s = document.createRange(); s.setStart(n, at + 3); s.setEnd(n, at + 4);
                return s.getBoundingClientRect().left - r.getBoundingClientRect().left; } } return -1; }
            """));

        await Expect(name).ToContainTextAsync("Trần");
        Assert.That(year, Is.Positive);
    }
}
