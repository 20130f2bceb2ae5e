using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Hotline.Benchmarks.Figures;
using Hotline.Benchmarks.Product;
using Hotline.Provisioning.Servers;
using Microsoft.Playwright;
using Npgsql;
using OtpNet;
using Spectre.Console;

namespace Hotline.Benchmarks;

/// <summary><c>consoles</c>: what an operator waits for, in a database of many years.</summary>
static class Consoles
{
    const int Typing = 20;
    const int Listening = 50;
    const int Open = 200;
    static readonly TimeSpan BetweenWords = TimeSpan.FromMilliseconds(500);

    public static Command Command()
    {
        var cases = new Option<int>("--cases") { Description = "Cases in the database, each with a call, persons and their terms.", DefaultValueFactory = _ => 100_000 };
        var pages = new Option<int>("--pages") { Description = "How often the call page is opened in Chromium.", DefaultValueFactory = _ => 40 };
        var words = new Option<int>("--words") { Description = "Saves of each typing operator.", DefaultValueFactory = _ => 40 };
        var acts = new Option<int>("--acts") { Description = "Acts of the agency that the desks wait for.", DefaultValueFactory = _ => 20 };
        var json = new Option<string?>("--json") { Description = "File to write the figures to." };
        var command = new Command("consoles", "Call page, saving while typing, strip, page weight, memory of open consoles, case finder.") { cases, pages, words, acts, json };
        command.SetAction((line, _) => RunAsync(line.GetValue(cases), line.GetValue(pages), line.GetValue(words), line.GetValue(acts), line.GetValue(json)));
        return command;
    }

    static async Task<int> RunAsync(int cases, int pages, int words, int acts, string? json)
    {
        await using var stand = await Stand.SetUpAsync("Intake", "Police");
        await using var hotline = await stand.StartHotlineAsync("police");
        var hub = hotline.Installation.Parties["intake"];
        AnsiConsole.WriteLine($"Filling {cases:N0} cases ...");
        await new Archive(hub) { CallsPerCase = 1, ClosedOfThousand = 999, Named = true }.FillAsync(0, cases);
        var account = await AccountAsync(hub);
        var browsers = await BrowserSession.OpenAsync(hub, account, Open);
        await Task.WhenAll(browsers.Take(Listening).Select(b => b.PageAsync("/desk")));

        var find = await FindAsync(hotline, cases);
        var save = await SaveAsync(browsers, words);
        var page = await CallPageAsync(hotline, pages);
        var strip = await StripAsync(hotline, browsers, acts);
        var weights = await WeighAsync(browsers[0]);
        var (before, after) = await MemoryAsync(hotline, browsers);
        foreach (var browser in browsers)
            browser.Dispose();

        var table = new Table().AddColumns("", "median", "p95", "aim");
        table.AddRow("call page ready for typing, ms", $"{Figure.Percentile(page, 50):F0}", $"{Figure.Percentile(page, 95):F0}", "300");
        table.AddRow($"save of a field, {Typing} typing, ms", $"{Figure.Percentile(save, 50):F1}", $"{Figure.Percentile(save, 95):F1}", "p95 50");
        table.AddRow($"on the strip of {Listening} desks, ms", $"{Figure.Percentile(strip, 50):F0}", $"{Figure.Percentile(strip, 95):F0}", "p95 1,000");
        table.AddRow("case finder, ms", $"{Figure.Percentile(find, 50):F1}", $"{Figure.Percentile(find, 95):F1}", "p95 50");
        foreach (var (name, weight) in weights)
            table.AddRow($"{name}, KB cold / warm", $"{weight.Cold / 1024.0:F1}", $"{weight.Warm / 1024.0:F1}", "150 / 15");
        table.AddRow($"intake with {Open} consoles, MB", $"{after:F0}", $"{after - before:F0} more", "300");
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"{cases:N0} cases. Load {Machine.LoadAverage():F1}");
        Json.Write(json, new
        {
            cases,
            callPageMs = new { p50 = Figure.Percentile(page, 50), p95 = Figure.Percentile(page, 95) },
            saveMs = new { p50 = Figure.Percentile(save, 50), p95 = Figure.Percentile(save, 95), typing = Typing },
            stripMs = new { p50 = Figure.Percentile(strip, 50), p95 = Figure.Percentile(strip, 95), consoles = Listening },
            findMs = new { p50 = Figure.Percentile(find, 50), p95 = Figure.Percentile(find, 95) },
            pageBytes = weights,
            memoryMb = new { consoles = Open, before, after },
            load = Machine.LoadAverage(),
        });
        return 0;
    }

    static async Task<Guid> AccountAsync(Provisioning.Installations.InstalledParty hub)
    {
        await using var connection = new NpgsqlConnection(hub.Databases.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select id from accounts where 'operator' = any(roles)", connection);
        return (Guid)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>By name without marks and year, by name alone, by number, by code.</summary>
    static async Task<double[]> FindAsync(RunningHotline hotline, int cases)
    {
        const int searches = 400;
        var random = new Random(20261125);
        JsonObject Ask(int i) => (i % 4) switch
        {
            0 => new() { ["name"] = Archive.NameOf(random.Next(cases)).Folded, ["birthYear"] = 1960 + random.Next(50) },
            1 => new() { ["name"] = Archive.NameOf(random.Next(cases)).Folded },
            2 => new() { ["callerNumber"] = Archive.Caller(random.Next(cases)) },
            _ => new() { ["code"] = $"VU-OLD-{random.Next(cases):D7}" },
        };
        await Flight.FlyAsync(searches / 4, 1, i => hotline.Operator.PostAsync("/api/v1/cases/search", OperatorClient.Bytes(Ask(i))));
        return (await Flight.FlyAsync(searches, 1, i => hotline.Operator.PostAsync("/api/v1/cases/search", OperatorClient.Bytes(Ask(i))))).Milliseconds;
    }

    /// <summary>Each operator types into a call of their own, a save every half second, a longer summary each time.</summary>
    static async Task<double[]> SaveAsync(IReadOnlyList<BrowserSession> browsers, int words)
    {
        var times = new ConcurrentBag<double>();
        await Task.WhenAll(browsers.Take(Typing).Select(async (browser, operatorNumber) =>
        {
            var call = await browser.StartCallAsync();
            await browser.PageAsync($"/calls/{call}");
            await Task.Delay(BetweenWords * operatorNumber / Typing);
            for (var word = 1; word <= words; word++)
            {
                var body = new JsonObject { ["summary"] = string.Concat(Enumerable.Repeat("người báo tin kể lại từng việc, ", word)) }.ToJsonString();
                var started = Stopwatch.GetTimestamp();
                await browser.SendAsync(HttpMethod.Patch, $"/api/v1/calls/{call}", body, $"\"{word}\"");
                // The first few compile what the others use.
                if (word > 3)
                    times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                await Task.Delay(BetweenWords);
            }
        }));
        return [.. times];
    }

    /// <summary>From the request until Chromium has the number's field focused and the page's scripts have run.</summary>
    static async Task<double[]> CallPageAsync(RunningHotline hotline, int pages)
    {
        var hub = hotline.Installation.Parties["intake"];
        var program = await Packages.ChromiumProgramAsync(new ServerOptions { StateFolder = Path.GetTempPath() }, CancellationToken.None);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = program,
            Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-proxy-server"],
        });
        var page = await browser.NewPageAsync(new BrowserNewPageOptions { BaseURL = hub.Settings.Url });
        await SignInAsync(hotline, page);
        var times = new List<double>();
        for (var i = 0; i < pages + 5; i++)
        {
            await page.GotoAsync("/desk");
            await page.ClickAsync("form[action='/calls'] button");
            await page.WaitForURLAsync("**/calls/*");
            await page.WaitForFunctionAsync("document.activeElement?.id === 'caller-number' && window.hotline?.commands");
            var started = Stopwatch.GetTimestamp();
            await page.ReloadAsync(new PageReloadOptions { WaitUntil = WaitUntilState.Commit });
            await page.WaitForFunctionAsync("document.activeElement?.id === 'caller-number' && window.hotline?.commands", null, new PageWaitForFunctionOptions { PollingInterval = 5 });
            // By the browser's own clock where it can say: how long the request and the page took is what an operator waits.
            var took = await page.EvaluateAsync<double>("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd");
            if (i >= 5)
                times.Add(took > 0 ? took : Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        return [.. times];
    }

    static async Task SignInAsync(RunningHotline hotline, IPage page)
    {
        var account = hotline.Installation.Accounts.First(a => a is { Service: "intake", Role: "operator" });
        await page.GotoAsync("/sign-in");
        await page.FillAsync("#user-name", account.UserName);
        await page.FillAsync("#password", account.Password);
        // The operator's programme has used the code of this half minute; the next one is right as well.
        await page.FillAsync("#totp", new Totp(Base32Encoding.ToBytes(account.TotpSecret)).ComputeTotp(DateTime.UtcNow.AddSeconds(30)));
        await page.ClickAsync("form[action='/sign-in'] button");
        await page.WaitForURLAsync("**/desk");
    }

    /// <summary>From the agency's act, its answer included, until each open desk holds the part that shows it.</summary>
    static async Task<double[]> StripAsync(RunningHotline hotline, IReadOnlyList<BrowserSession> browsers, int acts)
    {
        var officer = await OfficerAsync(hotline);
        using var over = new CancellationTokenSource();
        var shown = new ConcurrentDictionary<Guid, ConcurrentBag<long>>();
        var opened = new CountdownEvent(Listening);
        var listeners = browsers.Take(Listening).Select(browser => Task.Run(async () =>
        {
            var first = true;
            try
            {
                await browser.ListenAsync(() => { if (first) { first = false; opened.Signal(); } }, async ids =>
                {
                    var part = await browser.PageAsync("/desk/work");
                    var now = Stopwatch.GetTimestamp();
                    foreach (var (referral, seen) in shown)
                        if (ids.Contains(referral.ToString(), StringComparison.Ordinal) && !part.Contains($"data-strip=\"{referral}\"", StringComparison.Ordinal))
                            seen.Add(now);
                }, over.Token);
            }
            catch (OperationCanceledException)
            {
                // The desks are closed.
            }
        })).ToList();
        opened.Wait();
        var cases = await hotline.PrepareCasesAsync(acts);
        var times = new List<double>();
        await using var receipts = await ReceiptWatch.OpenAsync(hotline.Hub);
        foreach (var one in cases)
        {
            var referral = await hotline.ReferAsync(one);
            await receipts.DeliveredAsync(referral);
            await Task.Delay(TimeSpan.FromSeconds(1));
            var seen = shown[referral] = [];
            var started = Stopwatch.GetTimestamp();
            await officer.PostAsync($"/api/v1/referrals/{referral}/acknowledge", "{}"u8.ToArray());
            while (seen.Count < Listening && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30))
                await Task.Delay(5);
            times.AddRange(seen.Select(at => Stopwatch.GetElapsedTime(started, at).TotalMilliseconds));
            // Who has not seen it by now counts as so late.
            times.AddRange(Enumerable.Repeat(30_000.0, Math.Max(0, Listening - seen.Count)));
            shown.TryRemove(referral, out _);
        }
        await over.CancelAsync();
        await Task.WhenAll(listeners);
        officer.Dispose();
        return [.. times];
    }

    static Task<OperatorClient> OfficerAsync(RunningHotline hotline)
    {
        var account = hotline.Installation.Accounts.First(a => a is { Service: "police", Role: "dutyOfficer" });
        return OperatorClient.SignInAsync(account.BaseUrl, account.UserName, account.Password, new Totp(Base32Encoding.ToBytes(account.TotpSecret)).ComputeTotp());
    }

    static async Task<IReadOnlyDictionary<string, PageWeight>> WeighAsync(BrowserSession browser)
    {
        var call = await browser.StartCallAsync();
        var weights = new Dictionary<string, PageWeight>();
        foreach (var (name, path) in ((string, string)[])
            [("sign-in", "/sign-in"), ("desk", "/desk"), ("call", $"/calls/{call}"), ("refer", $"/calls/{call}/refer"), ("find", "/cases"), ("call sheet", "/call-sheet"), ("hand-over", "/hand-over")])
            weights[name] = await browser.WeighAsync(path);
        return weights;
    }

    /// <summary>Resident memory before and with so many desks listening, after a collection's worth of work.</summary>
    static async Task<(double Before, double After)> MemoryAsync(RunningHotline hotline, IReadOnlyList<BrowserSession> browsers)
    {
        var process = hotline.Hosts["intake"].ProcessId!.Value;
        var before = Machine.ResidentMegabytes(process);
        using var over = new CancellationTokenSource();
        var opened = new CountdownEvent(browsers.Count);
        var listeners = browsers.Select(browser => Task.Run(async () =>
        {
            await browser.PageAsync("/desk");
            var first = true;
            try
            {
                await browser.ListenAsync(() => { if (first) { first = false; opened.Signal(); } }, async _ => await browser.PageAsync("/desk/work"), over.Token);
            }
            catch (OperationCanceledException)
            {
                // Closed again.
            }
        })).ToList();
        opened.Wait();
        await Task.Delay(TimeSpan.FromSeconds(30));
        var after = Machine.ResidentMegabytes(process);
        await over.CancelAsync();
        await Task.WhenAll(listeners);
        return (before, after);
    }
}
