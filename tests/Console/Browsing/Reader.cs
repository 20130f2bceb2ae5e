using Deque.AxeCore.Commons;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Microsoft.Playwright;
using NUnit.Framework;

namespace Hotline.Console.Tests.Browsing;

/// <summary>Somebody in front of a screen: a browser context of its own, at a service of the running hotline.</summary>
public sealed class Reader(IBrowserContext context, IPage page, Uri service) : IAsyncDisposable
{
    static readonly string AxeScript = new BundledAxeScriptProvider().GetScript();

    readonly List<string> complaints = [];
    ICDPSession? tools;

    public IPage Page => page;

    public IBrowserContext Context => context;

    /// <summary>What the browser's console said against the page: scripts that failed, what the content policy stopped.</summary>
    public IReadOnlyList<string> Complaints => complaints;

    public static async Task<Reader> OpenAsync(Uri service, int width = 1440, int height = 1000, string language = "vi", ColorScheme theme = ColorScheme.Light, bool scripts = true)
    {
        var browser = await Chromium.StartAsync();
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = service.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = theme,
            JavaScriptEnabled = scripts,
        });
        context.SetDefaultTimeout(60_000);
        var reader = new Reader(context, await context.NewPageAsync(), service);
        await reader.SpeakAsync(language);
        reader.Listen();
        return reader;
    }

    /// <summary>The page is seen at a screen of this width and theme.</summary>
    public async Task LookAsync(int width, ColorScheme theme)
    {
        await page.SetViewportSizeAsync(width, 900);
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = theme });
    }

    public static async Task<Reader> SignInAsync(
        RunningHotline hotline, string party, string role, int width = 1440, int height = 1000, string language = "vi", ColorScheme theme = ColorScheme.Light)
    {
        var reader = await OpenAsync(hotline.Hosts[party].Url, width, height, language, theme);
        var account = hotline.Installation.Accounts.First(a => a.Service == party && a.Role == role);
        await reader.GoAsync("/sign-in");
        await reader.EnterAsync(account.UserName, account.Password, Actor.Totp(account.TotpSecret));
        // Not by its address: under load, a page that came through redirects is at times never told to have loaded.
        await reader.Page.Locator("form[action='/sign-out']").WaitForAsync();
        return reader;
    }

    /// <summary>In the session of another reader, at a screen of another size, language or theme.</summary>
    public async Task<Reader> BesideAsync(int width, int height, string language, ColorScheme theme, bool scripts = true)
    {
        var other = await OpenAsync(service, width, height, language, theme, scripts);
        await other.Context.AddCookiesAsync((await context.CookiesAsync()).Where(c => c.Name != "hotline-language")
            .Select(c => new Cookie { Name = c.Name, Value = c.Value, Url = service.ToString(), HttpOnly = true, SameSite = c.SameSite }));
        return other;
    }

    public Task GoAsync(string path) => page.GotoAsync(new Uri(service, path).ToString());

    public async Task EnterAsync(string userName, string password, string code)
    {
        await page.FillAsync("#user-name", userName);
        await page.FillAsync("#password", password);
        await page.FillAsync("#totp", code);
        await page.ClickAsync("form[action='/sign-in'] button");
    }

    /// <summary>WCAG 2.2 AA as far as a program can tell. Asked in the page itself: for pages with frames, of which there are none, axe opens a second page each time.</summary>
    public async Task<IReadOnlyList<string>> AxeAsync()
    {
        if (!await page.EvaluateAsync<bool>("'axe' in window"))
            await page.EvaluateAsync(AxeScript);
        return await page.EvaluateAsync<string[]>(
            "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.html}`))");
    }

    /// <summary>The whole page into TestResults/screens, for people to look at. Written fast rather than small.</summary>
    public async Task ShootAsync(string name)
    {
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, "TestResults", "screens");
        Directory.CreateDirectory(folder);
        var size = await page.EvaluateAsync<int[]>("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]");
        tools ??= await context.NewCDPSessionAsync(page);
        var picture = await tools.SendAsync("Page.captureScreenshot", new Dictionary<string, object>
        {
            ["captureBeyondViewport"] = true,
            ["optimizeForSpeed"] = true,
            ["clip"] = new { x = 0, y = 0, width = size[0], height = size[1], scale = 1 },
        });
        await File.WriteAllBytesAsync(Path.Combine(folder, name + ".png"), picture!.Value.GetProperty("data").GetBytesFromBase64());
    }

    public async ValueTask DisposeAsync() => await context.CloseAsync();

    /// <summary>The next page is in this language.</summary>
    public Task SpeakAsync(string language) => context.AddCookiesAsync([new Cookie { Name = "hotline-language", Value = language, Url = service.ToString() }]);

    void Listen()
    {
        page.Console += (_, message) =>
        {
            if (message.Type is "error" && !message.Text.Contains("Failed to load resource", StringComparison.Ordinal))
                complaints.Add(message.Text);
        };
        page.PageError += (_, error) => complaints.Add(error);
    }
}
