using System.CommandLine;
using System.Diagnostics;
using Hotline.Benchmarks.Figures;
using Hotline.Benchmarks.Product;
using Hotline.Duty;
using Hotline.Duty.Escalations;
using Npgsql;
using Spectre.Console;

namespace Hotline.Benchmarks;

/// <summary>
/// <c>escalations</c>: what open escalations cost while nothing is due, how soon pages leave in a storm, and how soon after
/// <i>Refer</i> on a quiet system. Pages go to simulated gateways and a simulated mail server in this process.
/// </summary>
static class Escalations
{
    const string Agency = "police";
    const int Looks = 200;
    const int Claimed = 2560;

    /// <summary>Consoles and call sheets need no channel.</summary>
    const string Outward = "channel in ('email', 'sms', 'voice')";

    sealed record Open(int Count, double LookMs, double HostPercentOfCore, double DatabasePercentOfCore, double ClaimMsOf256);

    sealed record Storm(int Count, double FirstSeconds, double LastSeconds, double UrgentLastSeconds);

    public static Command Command()
    {
        var open = new Option<int[]>("--open") { Description = "Open escalations, for the look and the claim.", DefaultValueFactory = _ => [1000, 10_000, 100_000], AllowMultipleArgumentsPerToken = true };
        var seconds = new Option<int>("--seconds") { Description = "How long an idle host is looked at.", DefaultValueFactory = _ => 20 };
        var quiet = new Option<int>("--quiet") { Description = "Referrals one after the other on a quiet system.", DefaultValueFactory = _ => 100 };
        var json = new Option<string?>("--json") { Description = "File to write the figures to." };
        var command = new Command("escalations", "Open escalations: the idle look, claims, storms, and the first page.") { open, seconds, quiet, json };
        command.SetAction((line, _) => RunAsync(line.GetValue(open)!, line.GetValue(seconds), line.GetValue(quiet), line.GetValue(json)));
        return command;
    }

    static async Task<int> RunAsync(int[] open, int seconds, int quiet, string? json)
    {
        await using var stand = await Stand.SetUpAsync("Intake", "Police");
        await using var hotline = await stand.StartPagingHotlineAsync(Agency);
        // As the hosts connect: small tables are not read whole because they are small.
        await using var agency = NpgsqlDataSource.Create(hotline.Installation.Parties[Agency].Databases.Owner + ";Command Timeout=300;Options=-c enable_seqscan=off");
        await using var receipts = await ReceiptWatch.OpenAsync(hotline.Hub);
        var warm = await hotline.PrepareCasesAsync(300);
        await Flight.FlyAsync(warm.Length, 8, async i => await receipts.DeliveredAsync(await hotline.ReferAsync(warm[i])));
        await AnswerAllAsync(agency);

        var first = await QuietAsync(hotline, quiet);
        await AnswerAllAsync(agency);
        var together = await TogetherAsync(hotline, agency, 200);
        await AnswerAllAsync(agency);
        var due = await DueAtOnceAsync(hotline, agency, 1000);
        await AnswerAllAsync(agency);
        var looks = new List<Open>();
        foreach (var count in open)
            looks.Add(await OpenAsync(hotline, stand, agency, count, seconds));
        Report(first, together, due, looks, json);
        return 0;
    }

    /// <summary>From the request at the hub to the gateway's first request, one after the other; milliseconds.</summary>
    static async Task<double[]> QuietAsync(RunningHotline hotline, int count)
    {
        var cases = await hotline.PrepareCasesAsync(count);
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var known = hotline.Simulator.Devices.Messages.Count;
            var started = TimeProvider.System.GetUtcNow();
            await hotline.ReferAsync(cases[i], Agency, "P0");
            while (hotline.Simulator.Devices.Messages.Count == known)
                await Task.Delay(2);
            times[i] = (hotline.Simulator.Devices.Messages[known].At - started).TotalMilliseconds;
            // Its other pages are out before the next is referred.
            while (hotline.Simulator.Devices.Messages.Count < known + 2)
                await Task.Delay(5);
        }
        return times;
    }

    /// <summary>Referrals at once to one agency; seconds from the first request until pages were handed to a channel.</summary>
    static async Task<Storm> TogetherAsync(RunningHotline hotline, NpgsqlDataSource agency, int count)
    {
        var cases = await hotline.PrepareCasesAsync(count);
        var started = await NowAsync(agency);
        await Flight.FlyAsync(count, 32, i => hotline.ReferAsync(cases[i]));
        return await HandedAsync(hotline, agency, started, count);
    }

    /// <summary>A quarter each of P0 to P3, due at the same instant; seconds from then.</summary>
    static async Task<Storm> DueAtOnceAsync(RunningHotline hotline, NpgsqlDataSource agency, int count)
    {
        // Read before: what the insert takes counts as the product's.
        var due = await NowAsync(agency) + TimeSpan.FromSeconds(3);
        await ExecuteAsync(agency, Rows, count, "live", TimeSpan.FromSeconds(3));
        return await HandedAsync(hotline, agency, due, count);
    }

    /// <summary>Until nothing waits; the times are those of the gateways and of the mail server.</summary>
    static async Task<Storm> HandedAsync(RunningHotline hotline, NpgsqlDataSource agency, DateTime since, int count)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            await using var command = agency.CreateCommand(
                $"""
                select count(distinct escalation_id), count(*) filter (where state in ('pending', 'sending') and due_at < hotline_now() + interval '2 minutes')
                from page_attempts where created_at >= $1 and {Outward}
                """);
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = since });
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            if (reader.GetInt64(0) == count && reader.GetInt64(1) == 0)
                break;
            if (patience.Elapsed > TimeSpan.FromMinutes(2))
                throw new TimeoutException($"Of {count}, {reader.GetInt64(0)} have pages; {reader.GetInt64(1)} pages wait.");
            await Task.Delay(100);
        }
        var arrived = hotline.Simulator.Devices.Messages.Select(m => (m.At, m.Text)).Concat(hotline.Simulator.Devices.Mails.Select(m => (m.At, m.Text)))
            .Where(m => m.At >= since).Select(m => ((m.At - since).TotalSeconds, m.Text)).ToList();
        var urgent = arrived.Where(m => m.Text.Contains("P0", StringComparison.Ordinal)).Select(m => m.TotalSeconds).ToList();
        return new Storm(count, arrived.Min(m => m.TotalSeconds), arrived.Max(m => m.TotalSeconds), urgent.Count == 0 ? double.NaN : urgent.Max());
    }

    static async Task<Open> OpenAsync(RunningHotline hotline, Stand stand, NpgsqlDataSource agency, int count, int seconds)
    {
        await StillAsync(hotline);
        await AloneAsync(agency, "delete from page_attempts; delete from escalations");
        await ExecuteAsync(agency, Rows, count, "live", TimeSpan.FromDays(1));
        await ExecuteAsync(agency, "vacuum analyze escalations");
        await ExecuteAsync(agency, "vacuum analyze page_attempts");
        var look = await LookAsync(agency);
        var (host, database) = (hotline.Hosts[Agency].ProcessId!.Value, stand.Servers.Postgres!.ProcessId!.Value);
        await Task.Delay(TimeSpan.FromSeconds(3));
        var (hostBefore, databaseBefore, watch) = (Machine.CpuSeconds(host), Machine.CpuSecondsOfTree(database), Stopwatch.StartNew());
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var (hostShare, databaseShare) = ((Machine.CpuSeconds(host) - hostBefore) / watch.Elapsed.TotalSeconds, (Machine.CpuSecondsOfTree(database) - databaseBefore) / watch.Elapsed.TotalSeconds);
        return new Open(count, look, hostShare * 100, databaseShare * 100, await ClaimAsync(agency));
    }

    /// <summary>Until the pages of an earlier claim have been handed over and reported: their work is not that of an idle host.</summary>
    static async Task StillAsync(RunningHotline hotline)
    {
        int Arrived() => hotline.Simulator.Devices.Messages.Count + hotline.Simulator.Devices.Mails.Count;

        for (var known = -1; known != Arrived();)
        {
            known = Arrived();
            await Task.Delay(TimeSpan.FromSeconds(10));
        }
    }

    /// <summary>The questions that a host asks once a second, as the database server times them; milliseconds, the median.</summary>
    static async Task<double> LookAsync(NpgsqlDataSource agency)
    {
        await using var connection = await agency.OpenConnectionAsync();
        var questions = new[] { Paging.EscalationsDue, Paging.UrgentPagesDue, Paging.PagesDue, ReportResults.DueWhen }
            .Select(q => $"({q.Replace("clock.at", "(select at from clock)", StringComparison.Ordinal)})");
        await using var command = new NpgsqlCommand(
            $"explain (analyze, timing off, format json) with clock as materialized (select hotline_now() as at) select {string.Join(", ", questions)}", connection);
        var times = new double[Looks];
        for (var i = 0; i < Looks; i++)
            times[i] = System.Text.Json.Nodes.JsonNode.Parse((string)(await command.ExecuteScalarAsync())!)![0]!["Execution Time"]!.GetValue<double>();
        return Figure.Percentile(times, 50);
    }

    /// <summary>
    /// Milliseconds of one claim of 256, the mean of several that follow each other: a claim's pages bear the time at which
    /// its transaction began.
    /// </summary>
    static async Task<double> ClaimAsync(NpgsqlDataSource agency)
    {
        await ExecuteAsync(agency, Rows.Replace("'P' || n % 4", "'P0'", StringComparison.Ordinal), Claimed, "live", TimeSpan.FromSeconds(1));
        while (true)
        {
            await using var command = agency.CreateCommand(
                "select count(distinct escalation_id), extract(epoch from max(created_at) - min(created_at)) * 1000, count(distinct created_at) from page_attempts where channel = 'console'");
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            if (reader.GetInt64(0) >= Claimed)
                return (double)reader.GetDecimal(1) / (reader.GetInt64(2) - 1);
            await Task.Delay(100);
        }
    }

    const string Rows =
        """
        insert into escalations (id, kind, subject_id, reference, class, urgency, unit, next_due_at, started_at)
        select gen_random_uuid(), 'watch', gen_random_uuid(), 'CT-' || n, $2, 'P' || n % 4, '01', hotline_now() + $3, hotline_now() from generate_series(1, $1) n
        """;

    /// <summary>Nobody is paged any more for what was measured, and nothing waits.</summary>
    static Task AnswerAllAsync(NpgsqlDataSource agency) => AloneAsync(
        agency,
        "update escalations set status = 'ended', next_due_at = null, report_due_at = null; update page_attempts set due_at = null where state not in ('pending', 'sending')");

    /// <summary>While the host, which locks rows in another order, waits.</summary>
    static Task AloneAsync(NpgsqlDataSource agency, string statements) => ExecuteAsync(
        agency, $"begin; lock table escalations in exclusive mode; lock table page_attempts in exclusive mode; {statements}; commit");

    static async Task ExecuteAsync(NpgsqlDataSource database, string statement, params object[] values)
    {
        await using var command = database.CreateCommand(statement);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    static async Task<DateTime> NowAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select hotline_now()");
        return (DateTime)(await command.ExecuteScalarAsync())!;
    }

    static void Report(double[] first, Storm together, Storm due, List<Open> looks, string? json)
    {
        var (p50, p99) = (Figure.Percentile(first, 50), Figure.Percentile(first, 99));
        var table = new Table().AddColumns("open", "look ms (database)", "host % of a core", "postgresql % of a core", "claim of 256 ms");
        foreach (var look in looks)
            table.AddRow($"{look.Count}", $"{look.LookMs:F3}", $"{look.HostPercentOfCore:F2}", $"{look.DatabasePercentOfCore:F2}", $"{look.ClaimMsOf256:F0}");
        AnsiConsole.Write(table);
        var growth = looks[^1].ClaimMsOf256 / looks[0].ClaimMsOf256;
        AnsiConsole.WriteLine($"Claim from {looks[0].Count} to {looks[^1].Count} open: x {growth:F2}");
        AnsiConsole.WriteLine($"From Refer to the gateway, quiet: p50 {p50:F0} ms, p99 {p99:F0} ms");
        AnsiConsole.WriteLine($"{together.Count} referrals at once: first page after {together.FirstSeconds:F2} s, last after {together.LastSeconds:F2} s");
        AnsiConsole.WriteLine($"{due.Count} due at once: first {due.FirstSeconds:F2} s, all P0 {due.UrgentLastSeconds:F2} s, all {due.LastSeconds:F2} s. Load {Machine.LoadAverage():F1}");
        Json.Write(json, new
        {
            looks,
            claimGrowth = growth,
            quiet = new { p50Ms = p50, p99Ms = p99, count = first.Length },
            together,
            due,
            load = Machine.LoadAverage(),
            steal = Machine.StealShare(),
        });
    }
}
