using System.CommandLine;
using System.Diagnostics;
using Hotline.Benchmarks.Figures;
using Hotline.Benchmarks.Floors;
using Hotline.Benchmarks.Product;
using Spectre.Console;

namespace Hotline.Benchmarks;

/// <summary>
/// <c>referrals</c>: floors and product in turn on the same servers, the median of the rounds. The product's time runs
/// from the HTTP request until the agency's receipt is committed at the hub.
/// </summary>
static class Referrals
{
    const int Alone = 300;
    /// <summary>Items of a floor for each referral of a round: a floor of one second says what the disk did in that second.</summary>
    const int FloorLength = 4;

    /// <param name="Costs">While the referrals fly, and until all that is told about them afterwards has been told.</param>
    sealed record Rounds(List<Figure> Raw, List<Figure> MassTransit, List<Figure> Product, List<(Costs Flying, Costs Told)> Costs, List<(double Answered, double ToAgency, double BackAtHub)> Legs);

    public static Command Command()
    {
        var count = new Option<int>("--count") { Description = "Referrals a round.", DefaultValueFactory = _ => 3000 };
        var concurrency = new Option<int>("--concurrency") { Description = "In flight at once.", DefaultValueFactory = _ => 32 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds, of which the median counts.", DefaultValueFactory = _ => 3 };
        var warm = new Option<int>("--warm") { Description = "Referrals before the first round, so that the services' code is compiled.", DefaultValueFactory = _ => 3000 };
        var floors = new Option<bool>("--floors") { Description = "Measure the floors as well.", DefaultValueFactory = _ => true };
        var json = new Option<string?>("--json") { Description = "File to write the figures to." };
        var command = new Command("referrals", "The whole path of a referral against floors of the same run.") { count, concurrency, rounds, warm, floors, json };
        command.SetAction((line, _) => RunAsync(
            line.GetValue(count), line.GetValue(concurrency), line.GetValue(rounds), line.GetValue(warm), line.GetValue(floors), line.GetValue(json)));
        return command;
    }

    static async Task<int> RunAsync(int count, int concurrency, int rounds, int warm, bool floors, string? json)
    {
        await using var stand = await Stand.SetUpAsync("Intake", "Police");
        await using var raw = await RawFloor.OpenAsync(stand.Servers.Addresses);
        await using var massTransit = await MassTransitFloor.OpenAsync(stand.Servers.Addresses);
        await using var hotline = await stand.StartHotlineAsync("police");
        await using var receipts = await ReceiptWatch.OpenAsync(hotline.Hub);

        var measured = new Rounds([], [], [], [], []);
        await ProductAsync(warm, 0);
        for (var round = 1; round <= rounds; round++)
        {
            await stand.SettleAsync();
            measured.Raw.Add(floors ? await raw.MeasureAsync(FloorLength * count, concurrency, Alone) : new Figure(double.NaN, double.NaN, double.NaN));
            await stand.SettleAsync();
            measured.MassTransit.Add(floors ? await massTransit.MeasureAsync(FloorLength * count, concurrency, Alone) : measured.Raw[^1]);
            var (figure, costs) = await ProductAsync(count, Alone);
            measured.Product.Add(figure);
            measured.Costs.Add(costs);
            AnsiConsole.WriteLine($"round {round}: raw {measured.Raw[^1].PerSecond:F0}/s, MassTransit {measured.MassTransit[^1].PerSecond:F0}/s, product {figure.PerSecond:F0}/s, {costs.Flying.TotalCpu:F2} ms of CPU each");
        }
        Report(measured, count, json);
        return 0;

        async Task OneAsync(Guid id) => await receipts.DeliveredAsync(await hotline.ReferAsync(id));

        async Task<(Figure, (Costs Flying, Costs Told))> ProductAsync(int many, int alone)
        {
            var cases = await hotline.PrepareCasesAsync(many + alone);
            await stand.SettleAsync();
            var before = await Costs.NowAsync(hotline, stand.Servers);
            var (_, perSecond) = await Flight.FlyAsync(many, concurrency, i => OneAsync(cases[i]));
            var flying = (await Costs.NowAsync(hotline, stand.Servers)).Since(before, many);
            await hotline.QuietAsync();
            var told = (await Costs.NowAsync(hotline, stand.Servers)).Since(before, many);
            var (sent, answered) = (new Guid[alone], new double[alone]);
            var (times, _) = await Flight.FlyAsync(alone, 1, async i =>
            {
                var began = Stopwatch.GetTimestamp();
                sent[i] = await hotline.ReferAsync(cases[many + i]);
                answered[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                await receipts.DeliveredAsync(sent[i]);
            });
            if (alone > 0 && await hotline.LegsAsync(sent) is var (toAgency, back))
                measured.Legs.Add((Figure.Percentile(answered, 50), toAgency, back));
            return (new Figure(perSecond, Figure.Percentile(times, 50), Figure.Percentile(times, 99)), (flying, told));
        }
    }

    static void Report(Rounds rounds, int count, string? json)
    {
        var (raw, bus, product) = (Figure.Median(rounds.Raw), Figure.Median(rounds.MassTransit), Figure.Median(rounds.Product));
        var (costs, told) = rounds.Costs.OrderBy(c => c.Flying.TotalCpu).ElementAt(rounds.Costs.Count / 2);
        var table = new Table().AddColumns("", "per second", "p50 ms", "p99 ms");
        foreach (var (name, f) in new[] { ("raw floor", raw), ("MassTransit floor", bus), ("product", product) })
            table.AddRow(name, $"{f.PerSecond:F0}", $"{f.P50Ms:F1}", $"{f.P99Ms:F1}");
        table.AddRow("product / raw", $"{product.PerSecond / raw.PerSecond:F2}", $"{product.P50Ms / raw.P50Ms:F2}", $"{product.P99Ms / raw.P99Ms:F2}");
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"CPU of a referral: {costs.TotalCpu:F2} ms ({string.Join(", ", costs.CpuMilliseconds.Select(c => $"{c.Key} {c.Value:F2}"))})");
        AnsiConsole.WriteLine($"With the words about its pages, told after the rush (decision record 90): {told.TotalCpu:F2} ms");
        AnsiConsole.WriteLine($"In the databases: {costs.Transactions:F2} transactions that write, {costs.WalBytes / 1024:F1} KiB of log for each");
        var (answered, there, back) = (Figure.Percentile(rounds.Legs.Select(l => l.Answered), 50), Figure.Percentile(rounds.Legs.Select(l => l.ToAgency), 50), Figure.Percentile(rounds.Legs.Select(l => l.BackAtHub), 50));
        AnsiConsole.WriteLine($"Alone: answered after {answered:F1} ms; {there:F1} ms from the clock's reading in the request to the agency, {back:F1} ms from there to the receipt at the hub");
        AnsiConsole.WriteLine($"Noise: raw rounds {Spread(rounds.Raw):P0}, product rounds {Spread(rounds.Product):P0}; load {Machine.LoadAverage():F1}, steal {Machine.StealShare():P1}");
        Json.Write(json, new
        {
            throughputRatio = product.PerSecond / raw.PerSecond,
            p50Ratio = product.P50Ms / raw.P50Ms,
            p99Ratio = product.P99Ms / raw.P99Ms,
            rawFloor = raw,
            massTransitFloor = bus,
            product,
            count,
            costOfOne = costs,
            costOfOneWithItsWords = told,
            alone = new { answeredMs = answered, toAgencyMs = there, backAtHubMs = back },
            noise = new { rawRounds = Spread(rounds.Raw), productRounds = Spread(rounds.Product), load = Machine.LoadAverage(), steal = Machine.StealShare() },
        });
    }

    /// <summary>How far the rounds lie apart: (highest - lowest) / median throughput.</summary>
    static double Spread(List<Figure> rounds) => (rounds.Max(r => r.PerSecond) - rounds.Min(r => r.PerSecond)) / Figure.Median(rounds).PerSecond;
}
