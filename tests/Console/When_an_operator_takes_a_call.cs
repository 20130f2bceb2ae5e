using System.Text;
using Hotline.Console.Tests.Browsing;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

/// <summary>The call page against the real service and database: by keyboard, through cuts and restarts, in two tabs.</summary>
public sealed class When_an_operator_takes_a_call
{
    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start() => hotline = await RunningHotline.StartAsync("police");

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    static Guid CallOn(IPage page) => Guid.Parse(new Uri(page.Url).Segments[2].TrimEnd('/'));

    async Task<Reader> OpenCallAsync()
    {
        var reader = await Reader.SignInAsync(hotline, "intake", "operator");
        await reader.GoAsync("/desk");
        await reader.Page.Keyboard.PressAsync("n");
        await reader.Page.ArrivesAsync("**/calls/*");
        return reader;
    }

    async Task<string?> SavedAsync(Guid call, string member) =>
        (await (await hotline.AsOperator()).GetAsync($"calls/{call}")).Good().Json[member]?.ToString();

    Task SeesSavedAsync(Guid call, string member, string value) =>
        Eventually.GetAsync($"{member} is saved", () => SavedAsync(call, member), saved => saved == value);

    [Test]
    public async Task Should_go_from_the_first_ring_to_a_P0_at_the_police_by_keyboard_alone()
    {
        await using var reader = await OpenCallAsync();
        var (page, keys) = (reader.Page, reader.Page.Keyboard);
        var call = CallOn(page);

        await Expect(page.Locator("#caller-number")).ToBeFocusedAsync();
        await keys.TypeAsync("0912 000 777");
        await keys.PressAsync("Alt+1");
        await keys.PressAsync("Space");
        await keys.PressAsync("Alt+2");
        await keys.TypeAsync("quang ninh");
        await Expect(page.Locator("#province-list [aria-selected=true]")).ToContainTextAsync("Quảng Ninh");
        await keys.PressAsync("Enter");
        await keys.PressAsync("Alt+7");
        await keys.TypeAsync("Đang bị đưa ra biên giới.");
        await SeesSavedAsync(call, "summary", "Đang bị đưa ra biên giới.");
        await keys.PressAsync("Alt+1");
        await keys.PressAsync("/");
        await keys.TypeAsync("refer police p0");
        await keys.PressAsync("Enter");
        await page.ArrivesAsync("**/refer?*");
        await Expect(page.Locator("#check-agencies")).ToContainTextAsync("Công an");
        await keys.PressAsync("Control+Enter");
        await page.ArrivesAsync("**/cases/*");

        await Expect(page.Locator(".strip .st.done").Nth(2)).ToContainTextAsync("Đã chuyển đến");
        var safety = (await (await hotline.AsOperator()).GetAsync($"calls/{call}")).Good().Json;
        Assert.That(safety["safety"]!["callerInImmediateDanger"]!.GetValue<bool>(), Is.True);
        Assert.That(safety["placeOfEvent"]!["provinceCode"]!.GetValue<string>(), Is.EqualTo("22"));
        Assert.That(reader.Complaints, Is.Empty);
    }

    [Test]
    public async Task Should_keep_what_is_typed_during_a_cut_and_save_it_afterwards()
    {
        await using var reader = await OpenCallAsync();
        var call = CallOn(reader.Page);
        await reader.Page.FillAsync("#summary", "Trước khi mất mạng");
        await SeesSavedAsync(call, "summary", "Trước khi mất mạng");

        await reader.Context.SetOfflineAsync(true);
        await reader.Page.FillAsync("#summary", "Trước khi mất mạng, và trong lúc mất");
        await Expect(reader.Page.Locator("#save")).ToContainTextAsync("Chưa lưu từ");
        var (tick, warning) = (reader.Page.Locator("#save svg").First, reader.Page.Locator("#save svg").Last);
        await Expect(tick).ToBeHiddenAsync();
        await Expect(warning).ToBeVisibleAsync();
        await reader.Context.SetOfflineAsync(false);

        await Expect(reader.Page.Locator("#save")).ToContainTextAsync("Đã lưu");
        await Expect(tick).ToBeVisibleAsync();
        await Expect(warning).ToBeHiddenAsync();
        Assert.That(await SavedAsync(call, "summary"), Is.EqualTo("Trước khi mất mạng, và trong lúc mất"));
        Assert.That(await reader.Page.EvaluateAsync<int>("localStorage.length + sessionStorage.length"), Is.Zero);
    }

    [Test]
    public async Task Should_lose_nothing_when_the_service_restarts_in_mid_call()
    {
        await using var reader = await OpenCallAsync();
        var call = CallOn(reader.Page);

        hotline.Hosts["intake"].Kill();
        await reader.Page.FillAsync("#summary", "Gõ khi dịch vụ đang khởi động lại");
        await Expect(reader.Page.Locator("#save")).ToContainTextAsync("Chưa lưu từ");
        await hotline.Hosts["intake"].StartAsync();

        await SeesSavedAsync(call, "summary", "Gõ khi dịch vụ đang khởi động lại");
    }

    [Test]
    public async Task Should_have_the_call_sheet_at_hand_when_the_service_is_away()
    {
        var referral = await (await hotline.AsOperator()).ReferNewAsync("police");
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");
        await reader.GoAsync($"/call-sheet?referral={referral}");
        await Expect(reader.Page.Locator("main")).ToContainTextAsync("MBN-");
        var number = await reader.Page.Locator(".tel").First.InnerTextAsync();
        await Eventually.IsTrueAsync("the copy is kept", () => reader.Page.EvaluateAsync<bool>("caches.match('/call-sheet/copy').then(kept => !!kept)"));
        // Kept while it is installed; it answers for the service once it is active.
        await reader.Page.EvaluateAsync("navigator.serviceWorker.ready.then(() => null)");

        hotline.Hosts["intake"].Kill();
        try
        {
            await reader.GoAsync("/call-sheet");

            await Expect(reader.Page.Locator("main")).ToContainTextAsync(number);
            await Expect(reader.Page.Locator("main")).Not.ToContainTextAsync("MBN-");
            await reader.ShootAsync("call-sheet-copy-vi-1440");
            Assert.That(async () => await reader.GoAsync("/desk"), Throws.InstanceOf<PlaywrightException>(), "no other page is kept");
        }
        finally
        {
            await hotline.Hosts["intake"].StartAsync();
        }
    }

    [Test]
    public async Task Should_tell_the_second_tab_and_keep_the_words_of_both()
    {
        await using var reader = await OpenCallAsync();
        var call = CallOn(reader.Page);
        var second = await reader.Context.NewPageAsync();
        await second.GotoAsync(reader.Page.Url);
        await Expect(second.Locator("#told")).ToContainTextAsync("thẻ khác");

        await reader.Page.FillAsync("#summary", "Của thẻ thứ nhất");
        await SeesSavedAsync(call, "summary", "Của thẻ thứ nhất");
        await second.FillAsync("#caller-name", "Của thẻ thứ hai");

        await SeesSavedAsync(call, "callerName", "Của thẻ thứ hai");
        await SeesSavedAsync(call, "summary", "Của thẻ thứ nhất");
        await Expect(second.Locator("#summary")).ToHaveValueAsync("Của thẻ thứ nhất");
    }

    [Test]
    public async Task Should_take_every_text_as_text_and_bring_it_to_NFC()
    {
        await using var reader = await OpenCallAsync();
        var call = CallOn(reader.Page);
        var typed = (Hostile.Text + " Nguyễn Thị Hòa").Normalize(NormalizationForm.FormD);

        await reader.Page.FillAsync("#summary", typed);
        await SeesSavedAsync(call, "summary", typed.Normalize(NormalizationForm.FormC));
        await reader.Page.ReloadAsync();

        await Expect(reader.Page.Locator("#summary")).ToHaveValueAsync(typed.Normalize(NormalizationForm.FormC));
        await Expect(reader.Page).Not.ToHaveTitleAsync("x");
        Assert.That(reader.Complaints, Is.Empty);
    }

    [Test]
    public async Task Should_show_the_earlier_calls_of_the_number_however_it_is_written()
    {
        var earlier = (await (await hotline.AsOperator()).PostAsync("calls", Samples.Call())).Good()["reference"];
        await using var reader = await OpenCallAsync();

        await reader.Page.FillAsync("#caller-number", "+84 912.000.123");

        await Expect(reader.Page.Locator("#earlier")).ToContainTextAsync(earlier);
    }

    [Test]
    public async Task Should_keep_each_person_as_one_however_often_it_is_saved()
    {
        await using var reader = await OpenCallAsync();
        var (page, call) = (reader.Page, CallOn(reader.Page));

        await page.ClickAsync("[data-add-person=victim]");
        await page.Keyboard.TypeAsync("Trần Thị Ví Dụ");
        await page.ClickAsync("[data-add-person=suspect]");
        await page.Keyboard.TypeAsync("Nam");
        await Eventually.IsTrueAsync("both are saved", async () => (await SavedAsync(call, "persons"))?.Contains("Nam", StringComparison.Ordinal) == true);
        await page.Locator("[data-of=born]").First.FillAsync("02/11/2010");
        await Eventually.IsTrueAsync("the date is saved", async () => (await SavedAsync(call, "persons"))?.Contains("2010-11-02", StringComparison.Ordinal) == true);
        await page.ReloadAsync();

        await Expect(page.Locator("[data-person]")).ToHaveCountAsync(2);
        await Expect(page.Locator("[data-of=fullName]").First).ToHaveValueAsync("Trần Thị Ví Dụ");
        await Expect(page.Locator("[data-of=born]").First).ToHaveValueAsync("02/11/2010");
        Assert.That(reader.Complaints, Is.Empty);
    }

    [Test]
    public async Task Should_close_a_call_without_data_by_one_key()
    {
        await using var reader = await OpenCallAsync();
        var call = CallOn(reader.Page);

        await reader.Page.Keyboard.PressAsync("F8");
        await reader.Page.Keyboard.PressAsync("2");
        await reader.Page.ArrivesAsync("**/desk");

        Assert.That(await SavedAsync(call, "disposition"), Is.EqualTo("silent"));
    }

    [Test]
    public async Task Should_say_that_the_network_is_away_and_do_it_when_it_is_back()
    {
        var (_, caseId) = await (await hotline.AsOperator()).OpenCaseAsync();
        await using var reader = await OpenCallAsync();
        var (page, call) = (reader.Page, CallOn(reader.Page));
        await page.FillAsync("#caller-number", "0912 000 123");
        var attach = page.Locator($"[data-attach='{caseId}']");
        await attach.WaitForAsync();

        await reader.Context.SetOfflineAsync(true);
        await attach.ClickAsync();
        await Expect(page.Locator("#told")).ToContainTextAsync("Mất kết nối");
        await Expect(attach).ToBeEnabledAsync();
        await page.Keyboard.PressAsync("F8");
        await page.Keyboard.PressAsync("2");
        await Expect(page.Locator("#close-quickly")).ToBeHiddenAsync();
        await Expect(page.Locator("#told")).ToContainTextAsync("nhấn lại khi có mạng");
        await reader.ShootAsync("call-away-vi-1440");
        await reader.Context.SetOfflineAsync(false);
        await page.Keyboard.PressAsync("F8");
        await page.Keyboard.PressAsync("2");
        await page.ArrivesAsync("**/desk");

        Assert.That(await SavedAsync(call, "disposition"), Is.EqualTo("silent"));
    }

    [Test]
    public async Task Should_mark_a_field_that_cannot_be_saved_and_save_the_others()
    {
        await using var reader = await OpenCallAsync();
        var call = CallOn(reader.Page);

        // Past the field's own limit, as a script or an old page might send it.
        await reader.Page.EvaluateAsync("document.querySelector('#country').removeAttribute('maxlength')");
        await reader.Page.FillAsync("#country", "Việt Nam");
        await reader.Page.FillAsync("#summary", "Vẫn được lưu");

        await SeesSavedAsync(call, "summary", "Vẫn được lưu");
        await Expect(reader.Page.Locator("#country")).ToHaveAttributeAsync("aria-invalid", "true");
    }

    /// <param name="told">What hears first that the session is over: what saves, or a live part of the page.</param>
    [TestCase("the sending")]
    [TestCase("a live part")]
    public async Task Should_keep_the_text_on_the_page_when_the_session_ends_and_save_it_after_signing_in_again(string told)
    {
        await using var reader = await OpenCallAsync();
        var call = CallOn(reader.Page);
        var ended = new TaskCompletionSource();
        await reader.Page.RouteAsync($"**/api/v1/calls/{call}", async route =>
        {
            await ended.Task;
            await route.ContinueAsync();
        });
        await reader.Page.RunAndWaitForRequestAsync(
            () => reader.Page.FillAsync("#summary", "Gõ sau khi phiên kết thúc"), request => request.Method == "PATCH");
        await hotline.ExecuteAsync("intake", "update sessions set revoked_at = now() where of_browser");
        if (told == "a live part")
            await reader.Page.RunAndWaitForResponseAsync(
                () => reader.Page.EvaluateAsync("hotline.refresh(document.querySelector('[data-part]'))"), response => response.Status == 401);
        else
            ended.SetResult();

        await Expect(reader.Page.Locator("#told")).ToContainTextAsync("Phiên làm việc đã kết thúc");
        foreach (var width in new[] { 390, 1440 })
        {
            await reader.LookAsync(width, ColorScheme.Light);
            await reader.ShootAsync($"call-session-over-vi-{width}");
            await Expect(reader.Page.Locator("#told")).ToBeInViewportAsync();
        }
        ended.TrySetResult();
        var again = await reader.Context.NewPageAsync();
        var account = hotline.Installation.Accounts.First(a => a.Service == "intake" && a.Role == "operator");
        await again.GotoAsync(new Uri(hotline.Hosts["intake"].Url, "/sign-in").ToString());
        await again.FillAsync("#user-name", account.UserName);
        await again.FillAsync("#password", account.Password);
        await again.FillAsync("#totp", Actor.Totp(account.TotpSecret));
        await again.ClickAsync("form[action='/sign-in'] button");

        await SeesSavedAsync(call, "summary", "Gõ sau khi phiên kết thúc");
    }
}
