using System.CommandLine;
using Hotline.Benchmarks.Figures;
using Hotline.Benchmarks.Product;
using Spectre.Console;

namespace Hotline.Benchmarks;

/// <summary><c>large</c>: what operators look at all day, in a small database and in one of many years.</summary>
static class Large
{
    const int Looks = 200;

    public static Command Command()
    {
        var small = new Option<int>("--small") { Description = "Calls of the small database; a tenth as many cases.", DefaultValueFactory = _ => 10_000 };
        var large = new Option<int>("--large") { Description = "Calls of the large one.", DefaultValueFactory = _ => 1_000_000 };
        var json = new Option<string?>("--json") { Description = "File to write the figures to." };
        var command = new Command("large", "Lists and the look-up of a repeat caller at 10,000 and at 1,000,000 calls.") { small, large, json };
        command.SetAction((line, _) => RunAsync(line.GetValue(small), line.GetValue(large), line.GetValue(json)));
        return command;
    }

    sealed record Times(double CallList, double OpenReferrals, double RepeatCaller50, double RepeatCaller95);

    static async Task<int> RunAsync(int small, int large, string? json)
    {
        await using var stand = await Stand.SetUpAsync("Intake", "Police");
        await using var hotline = await stand.StartHotlineAsync("police");
        var archive = new Archive(hotline.Installation.Parties["intake"]);
        await archive.FillAsync(0, small);
        var before = await MeasureAsync(hotline, small);
        await archive.FillAsync(small, large);
        var after = await MeasureAsync(hotline, large);

        var table = new Table().AddColumns("median ms", $"{small:N0} calls", $"{large:N0} calls", "ratio");
        foreach (var (name, a, b) in new[] { ("call list", before.CallList, after.CallList), ("open referrals", before.OpenReferrals, after.OpenReferrals), ("repeat caller", before.RepeatCaller50, after.RepeatCaller50), ("repeat caller, p95", before.RepeatCaller95, after.RepeatCaller95) })
            table.AddRow(name, $"{a:F1}", $"{b:F1}", $"{b / a:F2}");
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"Load {Machine.LoadAverage():F1}");
        Json.Write(json, new { small, large, before, after, callListRatio = after.CallList / before.CallList, openReferralsRatio = after.OpenReferrals / before.OpenReferrals, load = Machine.LoadAverage() });
        return 0;
    }

    static async Task<Times> MeasureAsync(RunningHotline hotline, int calls)
    {
        var random = new Random(20261125);
        async Task<double[]> LookAsync(Func<Task> one)
        {
            await Flight.FlyAsync(Looks, 1, _ => one());
            return (await Flight.FlyAsync(Looks, 1, _ => one())).Milliseconds;
        }
        var list = await LookAsync(() => hotline.Operator.GetAsync("/api/v1/calls?limit=50"));
        var open = await LookAsync(() => hotline.Operator.GetAsync("/api/v1/referrals?state=open&limit=50"));
        var caller = await LookAsync(() => hotline.Operator.PostAsync("/api/v1/calls/search", Archive.Search(random.Next(calls))));
        return new Times(Figure.Percentile(list, 50), Figure.Percentile(open, 50), Figure.Percentile(caller, 50), Figure.Percentile(caller, 95));
    }
}
