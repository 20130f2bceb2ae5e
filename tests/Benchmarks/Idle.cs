using System.CommandLine;
using System.Diagnostics;
using Hotline.Benchmarks.Figures;
using Hotline.Benchmarks.Product;
using Spectre.Console;

namespace Hotline.Benchmarks;

/// <summary><c>idle</c>: what the five services cost when nobody calls, and how soon they are back.</summary>
static class Idle
{
    static readonly string[] Agencies = ["police", "border-guard", "womens-union", "child-protection"];

    public static Command Command()
    {
        var seconds = new Option<int>("--seconds") { Description = "How long to look.", DefaultValueFactory = _ => 60 };
        var referrals = new Option<int>("--referrals") { Description = "Referrals to each agency before, so that the services have worked.", DefaultValueFactory = _ => 250 };
        var json = new Option<string?>("--json") { Description = "File to write the figures to." };
        var command = new Command("idle", "CPU and memory of the five services when nothing happens, and the time of a second start.") { seconds, referrals, json };
        command.SetAction((line, _) => RunAsync(line.GetValue(seconds), line.GetValue(referrals), line.GetValue(json)));
        return command;
    }

    static async Task<int> RunAsync(int seconds, int referrals, string? json)
    {
        await using var stand = await Stand.SetUpAsync("Intake", "Police", "BorderGuard", "WomensUnion", "ChildProtection");
        await using var hotline = await stand.StartHotlineAsync(Agencies);
        await WorkAsync(hotline, referrals);
        await Task.Delay(TimeSpan.FromSeconds(15));

        var before = hotline.Hosts.ToDictionary(h => h.Key, h => Machine.CpuSeconds(h.Value.ProcessId!.Value));
        var watch = Stopwatch.StartNew();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var percent = hotline.Hosts.ToDictionary(h => h.Key, h => (Machine.CpuSeconds(h.Value.ProcessId!.Value) - before[h.Key]) / watch.Elapsed.TotalSeconds * 100);
        var megabytes = hotline.Hosts.ToDictionary(h => h.Key, h => Machine.ResidentMegabytes(h.Value.ProcessId!.Value));
        var ready = await RestartAsync(hotline);

        var table = new Table().AddColumns("", "% of a core", "resident MB");
        foreach (var party in percent.Keys)
            table.AddRow(party, $"{percent[party]:F2}", $"{megabytes[party]:F0}");
        table.AddRow("together", $"{percent.Values.Sum():F2}", $"{megabytes.Values.Sum():F0}");
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"Stopped and started again, all are ready after {ready:F1} s. Load {Machine.LoadAverage():F1}");
        Json.Write(json, new { cpuPercentOfCore = percent, cpuPercentTogether = percent.Values.Sum(), residentMegabytes = megabytes, readyAgainSeconds = ready, load = Machine.LoadAverage() });
        return 0;
    }

    static async Task WorkAsync(RunningHotline hotline, int referrals)
    {
        await using var receipts = await ReceiptWatch.OpenAsync(hotline.Hub);
        var cases = await hotline.PrepareCasesAsync(referrals);
        foreach (var agency in Agencies.Take(2)) // those that the sample's consent names
            await Flight.FlyAsync(referrals, 16, async i => await receipts.DeliveredAsync(await hotline.ReferAsync(cases[i], agency)));
    }

    static async Task<double> RestartAsync(RunningHotline hotline)
    {
        await Task.WhenAll(hotline.Hosts.Values.Select(h => h.StopAsync()));
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(hotline.Hosts.Values.Select(h => h.StartAsync()));
        return watch.Elapsed.TotalSeconds;
    }
}
