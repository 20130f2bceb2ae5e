using System.CommandLine;
using System.Diagnostics;
using Hotline.Benchmarks.Figures;
using Hotline.Benchmarks.Product;
using Spectre.Console;

namespace Hotline.Benchmarks;

/// <summary><c>backlog</c>: an agency is away while many referrals go out to it; how soon is all receipted once it is back, and what do operators feel of it.</summary>
static class Backlog
{
    const int Calls = 300;

    static readonly byte[] Call = OperatorClient.Bytes(SampleCall.Body);

    public static Command Command()
    {
        var count = new Option<int>("--count") { Description = "Referrals that wait.", DefaultValueFactory = _ => 10_000 };
        var json = new Option<string?>("--json") { Description = "File to write the figures to." };
        var command = new Command("backlog", "Referrals that queued while an agency was away: drained how soon, and intake's latency meanwhile.") { count, json };
        command.SetAction((line, _) => RunAsync(line.GetValue(count), line.GetValue(json)));
        return command;
    }

    static async Task<int> RunAsync(int count, string? json)
    {
        await using var stand = await Stand.SetUpAsync("Intake", "Police");
        await using var hotline = await stand.StartHotlineAsync("police");
        await using var receipts = await ReceiptWatch.OpenAsync(hotline.Hub);
        var warm = await hotline.PrepareCasesAsync(1000);
        await Flight.FlyAsync(warm.Length, 16, async i => await receipts.DeliveredAsync(await hotline.ReferAsync(warm[i])));
        var (alone, _) = await Flight.FlyAsync(Calls, 1, _ => hotline.Operator.CreateAsync("/api/v1/calls", Call));

        await hotline.Hosts["police"].StopAsync();
        var cases = await hotline.PrepareCasesAsync(count);
        await Flight.FlyAsync(count, 16, i => hotline.ReferAsync(cases[i]));
        await hotline.Hosts["police"].StartAsync();
        var (seconds, meanwhile) = await DrainAsync(hotline);

        var (before, during) = (Figure.Percentile(alone, 50), Figure.Percentile(meanwhile, 50));
        AnsiConsole.Write(new Table().AddColumns("", "p50 ms", "p99 ms")
            .AddRow("a call logged, nothing else", $"{before:F1}", $"{Figure.Percentile(alone, 99):F1}")
            .AddRow("a call logged, meanwhile", $"{during:F1}", $"{Figure.Percentile(meanwhile, 99):F1}"));
        AnsiConsole.WriteLine($"{count} referrals receipted {seconds:F1} s after the agency was back ({count / seconds:F0}/s); latency x {during / before:F2}. Load {Machine.LoadAverage():F1}");
        Json.Write(json, new
        {
            count,
            drainedSeconds = seconds,
            perSecond = count / seconds,
            latencyRatio = during / before,
            alone = new { p50Ms = before, p99Ms = Figure.Percentile(alone, 99) },
            meanwhile = new { p50Ms = during, p99Ms = Figure.Percentile(meanwhile, 99), calls = meanwhile.Count },
            load = Machine.LoadAverage(),
        });
        return 0;
    }

    /// <summary>One call after the other until nothing waits for its receipt.</summary>
    static async Task<(double Seconds, List<double> Milliseconds)> DrainAsync(RunningHotline hotline)
    {
        var watch = Stopwatch.StartNew();
        var milliseconds = new List<double>();
        await using var left = hotline.Hub.CreateCommand("select exists (select from sent_messages where next_send_at is not null)");
        while (await left.ExecuteScalarAsync() is true)
        {
            for (var i = 0; i < 10; i++)
            {
                var clock = Stopwatch.GetTimestamp();
                await hotline.Operator.CreateAsync("/api/v1/calls", Call);
                milliseconds.Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
            }
        }
        return (watch.Elapsed.TotalSeconds, milliseconds);
    }
}
