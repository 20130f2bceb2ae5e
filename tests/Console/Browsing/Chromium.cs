using Hotline.Provisioning.Servers;
using Microsoft.Playwright;

namespace Hotline.Console.Tests.Browsing;

/// <summary>Debian's Chromium, driven by Playwright: one browser for all tests of the assembly. Installed when we may, else the test says what to type.</summary>
public static class Chromium
{
    static readonly SemaphoreSlim Starting = new(1);
    static IPlaywright? playwright;
    static IBrowser? browser;

    public static async Task<IBrowser> StartAsync()
    {
        await Starting.WaitAsync();
        try
        {
            if (browser is not null)
                return browser;
            var program = await Packages.ChromiumProgramAsync(new ServerOptions { StateFolder = Path.GetTempPath() }, CancellationToken.None);
            playwright = await Playwright.CreateAsync();
            return browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = program,
                // The first for runs as root, the second for machines with a small /dev/shm.
                Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-proxy-server"],
            });
        }
        finally
        {
            Starting.Release();
        }
    }

    public static async Task StopAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();
        playwright?.Dispose();
    }
}
