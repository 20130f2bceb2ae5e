using System.Text.Json;
using Hotline.Benchmarks.Figures;
using Hotline.Benchmarks.Floors;
using Hotline.Benchmarks.Product;
using Hotline.Provisioning.Servers;
using Spectre.Console;

namespace Hotline.Benchmarks;

/// <summary>
/// <c>referrals</c>: floors and product in turn on the same servers, the median of the rounds. The product's time runs
/// from the HTTP request until the agency's receipt is committed at the hub.
/// </summary>
static class Referrals
{
    const int Alone = 300;

    public static async Task<int> RunAsync(int count, int concurrency, int rounds, string? json)
    {
        var folder = Directory.CreateTempSubdirectory("hotline-benchmark-").FullName;
        Make(folder);
        AnsiConsole.MarkupLine("Publishing the services ...");
        var programs = await PublishedHosts.PublishAsync(Path.Combine(folder, "hosts"), "Intake", "Police");
        await using var servers = await PrivateServers.StartAsync(new ServerOptions { StateFolder = Path.Combine(folder, "state") });
        await using var raw = await RawFloor.OpenAsync(servers.Addresses);
        await using var massTransit = await MassTransitFloor.OpenAsync(servers.Addresses);
        await using var hotline = await RunningHotline.StartAsync(servers, Path.Combine(folder, "state"), programs, "police");
        await using var receipts = new ReceiptWatch(hotline.Hub);

        var (raws, buses, products) = (new List<Figure>(), new List<Figure>(), new List<Figure>());
        var cpu = new Dictionary<string, double>();
        for (var round = 1; round <= rounds; round++)
        {
            raws.Add(await raw.MeasureAsync(count, concurrency, Alone));
            buses.Add(await massTransit.MeasureAsync(count, concurrency, Alone));
            products.Add(await ProductAsync(hotline, receipts, servers, count, concurrency, round == 1, cpu));
            AnsiConsole.MarkupLine($"round {round}: raw {raws[^1].PerSecond:F0}/s, MassTransit {buses[^1].PerSecond:F0}/s, product {products[^1].PerSecond:F0}/s");
        }
        Report(raws, buses, products, cpu, count, json);
        return 0;
    }

    static async Task<Figure> ProductAsync(
        RunningHotline hotline, ReceiptWatch receipts, PrivateServers servers, int count, int concurrency, bool first, Dictionary<string, double> cpu)
    {
        async Task OneAsync(Guid id)
        {
            var referral = await hotline.PostAsync($"cases/{id}/referrals", SampleCall.Referral());
            await receipts.DeliveredAsync(Guid.Parse(referral["id"]!.GetValue<string>()));
        }
        var warm = first ? 1000 : 200;
        var cases = await hotline.PrepareCasesAsync(warm + count + Alone);
        await Flight.FlyAsync(warm, concurrency, i => OneAsync(cases[i]));
        var before = Processes(hotline, servers);
        var (_, perSecond) = await Flight.FlyAsync(count, concurrency, i => OneAsync(cases[warm + i]));
        foreach (var (name, seconds) in Processes(hotline, servers))
            cpu[name] = (seconds - before[name]) / count * 1000;
        var (times, _) = await Flight.FlyAsync(Alone, 1, i => OneAsync(cases[warm + count + i]));
        return new Figure(perSecond, Figure.Percentile(times, 50), Figure.Percentile(times, 99));
    }

    static Dictionary<string, double> Processes(RunningHotline hotline, PrivateServers servers) => new()
    {
        ["intake"] = Machine.CpuSeconds(hotline.Hosts["intake"].ProcessId!.Value),
        ["police"] = Machine.CpuSeconds(hotline.Hosts["police"].ProcessId!.Value),
        ["postgresql"] = servers.Postgres is null ? 0 : Machine.CpuSecondsOfTree(servers.Postgres.ProcessId!.Value),
        ["rabbitmq"] = servers.RabbitMq is null ? 0 : Machine.CpuSecondsOfTree(servers.RabbitMq.ProcessId!.Value),
        ["client"] = Machine.CpuSeconds(Environment.ProcessId),
    };

    static void Report(List<Figure> raws, List<Figure> buses, List<Figure> products, Dictionary<string, double> cpu, int count, string? json)
    {
        var (raw, bus, product) = (Figure.Median(raws), Figure.Median(buses), Figure.Median(products));
        var table = new Table().AddColumns("", "per second", "p50 ms", "p99 ms");
        foreach (var (name, f) in new[] { ("raw floor", raw), ("MassTransit floor", bus), ("product", product) })
            table.AddRow(name, $"{f.PerSecond:F0}", $"{f.P50Ms:F1}", $"{f.P99Ms:F1}");
        table.AddRow("product / raw", $"{product.PerSecond / raw.PerSecond:F2}", $"{product.P50Ms / raw.P50Ms:F2}", $"{product.P99Ms / raw.P99Ms:F2}");
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"CPU per referral, ms: {string.Join(", ", cpu.Select(c => $"{c.Key} {c.Value:F2}"))}");
        AnsiConsole.WriteLine($"Noise: raw rounds {Spread(raws):P0}, product rounds {Spread(products):P0}; load {Machine.LoadAverage():F1}, steal {Machine.StealShare():P1}");
        if (json is null)
            return;
        File.WriteAllText(json, JsonSerializer.Serialize(new
        {
            throughputRatio = product.PerSecond / raw.PerSecond,
            p50Ratio = product.P50Ms / raw.P50Ms,
            p99Ratio = product.P99Ms / raw.P99Ms,
            rawFloor = raw,
            massTransitFloor = bus,
            product,
            count,
            cpuMillisecondsPerReferral = cpu,
            noise = new { rawRounds = Spread(raws), productRounds = Spread(products), load = Machine.LoadAverage(), steal = Machine.StealShare() },
        }, Indented));
    }

    static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>How far the rounds lie apart: (highest - lowest) / median throughput.</summary>
    static double Spread(List<Figure> rounds) => (rounds.Max(r => r.PerSecond) - rounds.Min(r => r.PerSecond)) / Figure.Median(rounds).PerSecond;

    static void Make(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "state"));
        // The servers run as their packages' users and must be able to walk through.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }
}
