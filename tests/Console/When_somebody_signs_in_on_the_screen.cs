using System.Net;
using System.Net.Sockets;
using Hotline.Console.Tests.Browsing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

public sealed class When_somebody_signs_in_on_the_screen
{
    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start() => hotline = await RunningHotline.StartAsync("police");

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    Provisioning.Installations.DemoAccount Account(string party, string role) => hotline.Installation.Accounts.First(a => a.Service == party && a.Role == role);

    [Test]
    public async Task Should_keep_the_token_where_no_script_and_no_other_site_gets_it()
    {
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");

        var cookie = (await reader.Context.CookiesAsync()).Single(c => c.Name == "hotline-intake");
        var seen = await reader.Page.EvaluateAsync<string>("document.cookie");

        Assert.That(cookie.HttpOnly, Is.True);
        Assert.That(cookie.SameSite, Is.EqualTo(SameSiteAttribute.Strict));
        Assert.That(seen, Does.Not.Contain("hotline-intake"));
        Assert.That(reader.Complaints, Is.Empty);
    }

    [Test]
    public async Task Should_slow_down_whoever_tries_many_names_from_one_place()
    {
        // From an address of its own: the other tests sign in from theirs.
        using var guesser = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (to, cancel) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.77"), 0));
                await socket.ConnectAsync(IPAddress.Loopback, to.DnsEndPoint.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = hotline.Hosts["police"].Url };
        var answers = new List<(HttpStatusCode Status, string Page)>();
        for (var n = 0; n < 31; n++)
        {
            using var form = new FormUrlEncodedContent([new("userName", $"nobody-{n}"), new("password", "sai"), new("totp", "000000")]);
            using var answer = await guesser.PostAsync(new Uri("/sign-in", UriKind.Relative), form);
            answers.Add((answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }

        Assert.That(answers.Take(30).Select(a => a.Status), Has.None.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(answers[30].Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(answers[30].Page, Does.Contain("Quá nhiều lần thử"));
        await using var elsewhere = await Reader.SignInAsync(hotline, "police", "dutyOfficer");
    }

    [Test]
    public async Task Should_show_nothing_after_signing_out_and_going_back()
    {
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");
        await reader.GoAsync("/account");
        await Expect(reader.Page.Locator("main")).ToContainTextAsync("Phiên làm việc đang mở");

        await reader.Page.ClickAsync("form[action='/sign-out'] button");
        await reader.Page.ArrivesAsync("**/sign-in");
        await reader.Page.GoBackAsync();

        await Expect(reader.Page.Locator("h1")).ToHaveTextAsync("Đăng nhập");
    }

    [Test]
    public async Task Should_say_no_in_words_and_lock_the_name_after_five_tries()
    {
        await using var reader = await Reader.OpenAsync(hotline.Hosts["police"].Url);
        await reader.GoAsync("/sign-in");

        foreach (var _ in Enumerable.Range(0, 5))
            await reader.EnterAsync("no-such-officer", "sai", "000000");

        // Also for a name that nobody has: the lock-out tells nothing.
        await Expect(reader.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Đang tạm khóa");
        Assert.That(await reader.AxeAsync(), Is.Empty);
    }

    [Test]
    public async Task Should_refuse_a_change_without_the_antiforgery_token()
    {
        await using var reader = await Reader.SignInAsync(hotline, "intake", "operator");

        var status = await reader.Page.EvaluateAsync<int>("fetch('/api/v1/calls', {method: 'POST', body: '{}', headers: {'Content-Type': 'application/json'}}).then(a => a.status)");

        Assert.That(status, Is.EqualTo(403));
    }

    [Test]
    public async Task Should_lock_an_idle_screen_and_open_it_with_the_password()
    {
        await using var reader = await Reader.SignInAsync(hotline, "police", "dutyOfficer");
        // The page that is open may find out by itself: it is the same one.
        await reader.GoAsync("/account");

        await hotline.ExecuteAsync("police", "update sessions set last_active_at = last_active_at - interval '20 minutes' where of_browser");
        await reader.GoAsync("/account");
        await Expect(reader.Page.Locator("h1")).ToHaveTextAsync("Màn hình đang khóa");
        await reader.Page.FillAsync("#password", Account("police", "dutyOfficer").Password);
        await reader.Page.ClickAsync("form[action='/unlock'] button");

        await Expect(reader.Page.Locator("h1")).ToHaveTextAsync("Tài khoản của tôi");
    }

    [Test]
    public async Task Should_enrol_a_second_factor_by_picture_and_let_recovery_codes_in_once()
    {
        var account = Account("police", "focalPoint");
        await using var reader = await Reader.SignInAsync(hotline, "police", "focalPoint");
        await reader.GoAsync("/second-factor");
        var secret = (await reader.Page.Locator(".secret").InnerTextAsync()).Replace(" ", "", StringComparison.Ordinal);
        Assert.That(await reader.Page.Locator(".qr svg").CountAsync(), Is.EqualTo(1));

        await reader.Page.FillAsync("#code", Actor.Totp(secret));
        await reader.Page.ClickAsync("form[action='/second-factor'] button");
        var recovery = await reader.Page.Locator(".codes code").First.InnerTextAsync();

        Assert.That(await TryAsync(account.UserName, account.Password, Actor.Totp(account.TotpSecret)), Is.EqualTo("/sign-in"), "the old factor");
        Assert.That(await TryAsync(account.UserName, account.Password, recovery), Is.Not.EqualTo("/sign-in"), "a recovery code");
        Assert.That(await TryAsync(account.UserName, account.Password, recovery), Is.EqualTo("/sign-in"), "the same recovery code");
        Assert.That(await TryAsync(account.UserName, account.Password, Actor.Totp(secret)), Is.Not.EqualTo("/sign-in"), "the new factor");
    }

    async Task<string> TryAsync(string userName, string password, string code)
    {
        await using var reader = await Reader.OpenAsync(hotline.Hosts["police"].Url);
        await reader.GoAsync("/sign-in");
        await reader.Page.LeavesAsync(() => reader.EnterAsync(userName, password, code));
        return new Uri(reader.Page.Url).AbsolutePath;
    }
}
