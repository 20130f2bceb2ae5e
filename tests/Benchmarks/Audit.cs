using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Hotline.Benchmarks.Figures;
using Hotline.Benchmarks.Product;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Provisioning.Installations;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;
using Spectre.Console;

namespace Hotline.Benchmarks;

/// <summary><c>audit</c>: how fast the log takes records beside business writes, proves, is verified, and gives a bundle.</summary>
static class Audit
{
    const int Writers = 8;

    public static Command Command()
    {
        var leaves = new Option<int>("--leaves") { Description = "Leaves that are appended and verified.", DefaultValueFactory = _ => 1_000_000 };
        var proofs = new Option<int>("--proofs") { Description = "Leaves of the tree that inclusion proofs are made in.", DefaultValueFactory = _ => 10_000_000 };
        var referrals = new Option<int>("--referrals") { Description = "Referrals of a round with the log, and of one without.", DefaultValueFactory = _ => 1500 };
        var json = new Option<string?>("--json") { Description = "File to write the figures to." };
        var command = new Command("audit", "The log: referrals with it and without, records and leaves a second, verification, proofs, a bundle.") { leaves, proofs, referrals, json };
        command.SetAction((line, _) => RunAsync(line.GetValue(leaves), line.GetValue(proofs), line.GetValue(referrals), line.GetValue(json)));
        return command;
    }

    /// <param name="leaves">Leaves that <c>verify log</c> reads.</param>
    /// <param name="proofs">Leaves of the tree that inclusion proofs are made in.</param>
    /// <param name="referrals">Of a round with the log, and of one without.</param>
    static async Task<int> RunAsync(int leaves, int proofs, int referrals, string? json)
    {
        await using var stand = await Stand.SetUpAsync("Intake", "Police");
        await using var hotline = await stand.StartHotlineAsync("police");
        var installation = hotline.Installation;
        var beside = referrals > 0 ? await BesideReferralsAsync(hotline, stand, referrals) : null;
        await using var access = new AuditAccess(installation, "intake");

        // Each figure as soon as it is there: the whole takes a while.
        Tell("referrals with and without the log", beside);
        var (writes, sequenced) = await AppendAsync(installation, access.Database, leaves);
        Tell("records and leaves a second", new { writes, sequenced });
        await Wait.UntilAsync(() => IsCheckpointedAsync(access.Database));
        await Task.WhenAll(hotline.Hosts.Values.Select(h => h.StopAsync()));
        var before = Machine.ResidentMegabytes(Environment.ProcessId);
        var peak = before;
        var watch = Stopwatch.StartNew();
        var verdict = await access.VerifyAsync((_, _) => peak = Math.Max(peak, Machine.ResidentMegabytes(Environment.ProcessId)));
        var verify = watch.Elapsed;
        Tell("verify", new { verdict.Leaves, verify.TotalSeconds, growthMegabytes = peak - before });
        var proof = await ProofAsync(access.Database, proofs);
        var bundle = await BundleAsync(access);

        var figures = new
        {
            referrals = beside,
            recordsWrittenPerSecond = writes,
            leavesPerSecond = sequenced,
            verifiedLeaves = verdict.Leaves,
            verifyOutcome = verdict.Outcome.ToString(),
            verifySeconds = verify.TotalSeconds,
            verifyGrowthMegabytes = peak - before,
            proofTreeLeaves = proofs,
            proofMedianMs = proof.P50Ms,
            proofP99Ms = proof.P99Ms,
            bundleEvents = bundle.Events,
            bundleSeconds = bundle.Seconds,
            load = Machine.LoadAverage(),
        };
        AnsiConsole.WriteLine(JsonSerializer.Serialize(figures, Indented));
        if (json is not null)
            await File.WriteAllTextAsync(json, JsonSerializer.Serialize(figures, Indented));
        return 0;
    }

    static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Referrals with the log, and while nobody sequences, signs or witnesses; medians of the rounds.</summary>
    /// <param name="ThroughputRatio">With the log / without.</param>
    /// <param name="CpuRatio">CPU of a referral without the log / with it: steadier than throughput where others use the machine.</param>
    sealed record Beside(double WithPerSecond, double WithoutPerSecond, double ThroughputRatio, double WithCpuMs, double WithoutCpuMs, double CpuRatio);

    const int Rounds = 3;
    const int InFlight = 32;

    static async Task<Beside> BesideReferralsAsync(RunningHotline hotline, Stand stand, int count)
    {
        await using var receipts = await ReceiptWatch.OpenAsync(hotline.Hub);
        await RoundAsync(count);
        var (with, without) = (new List<(double PerSecond, double Cpu)>(), new List<(double PerSecond, double Cpu)>());
        for (var round = 0; round < Rounds; round++)
        {
            with.Add(await RoundAsync(count));
            await using (var held = await HoldAsync(hotline))
                without.Add(await RoundAsync(count));
            foreach (var party in hotline.Hosts.Keys)
                await Wait.UntilAsync(() => IsSequencedAsync(hotline.Installation.Parties[party].Databases.Owner));
        }
        var (a, b) = (Median(with.Select(r => r.PerSecond)), Median(without.Select(r => r.PerSecond)));
        var (c, d) = (Median(with.Select(r => r.Cpu)), Median(without.Select(r => r.Cpu)));
        return new Beside(a, b, a / b, c, d, d / c);

        async Task<(double PerSecond, double Cpu)> RoundAsync(int many)
        {
            // The words about the pages of the round before are told when its rush is over (decision record 90): not in this one.
            await hotline.QuietAsync();
            var cases = await hotline.PrepareCasesAsync(many);
            var before = await Costs.NowAsync(hotline, stand.Servers);
            var (_, perSecond) = await Flight.FlyAsync(many, InFlight, async i => await receipts.DeliveredAsync(await hotline.ReferAsync(cases[i])));
            return (perSecond, (await Costs.NowAsync(hotline, stand.Servers)).Since(before, many).TotalCpu);
        }
    }

    static double Median(IEnumerable<double> values) => Figure.Percentile(values, 50);

    /// <summary>Takes the sequencers' lock in every database: records are written, the log stands still.</summary>
    static async Task<Held> HoldAsync(RunningHotline hotline)
    {
        var connections = new List<NpgsqlConnection>();
        foreach (var party in hotline.Hosts.Keys)
        {
            var connection = new NpgsqlConnection(hotline.Installation.Parties[party].Databases.Owner + ";Pooling=false;Command Timeout=120");
            await connection.OpenAsync();
            await using var take = new NpgsqlCommand("select pg_advisory_lock(x'6175646974'::bigint)", connection);
            await take.ExecuteNonQueryAsync();
            connections.Add(connection);
        }
        return new Held(connections);
    }

    sealed class Held(List<NpgsqlConnection> connections) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var connection in connections)
                await connection.DisposeAsync();
        }
    }

    static async Task<bool> IsSequencedAsync(string owner)
    {
        await using var connection = new NpgsqlConnection(owner + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select (select count(*) from audit.leaves) = (select count(*) from audit.records)", connection);
        return await command.ExecuteScalarAsync() is true;
    }

    /// <summary>Business transactions that each write a line of history with its record, while the service sequences.</summary>
    static async Task<(double Writes, double Sequenced)> AppendAsync(Installation installation, NpgsqlDataSource owner, int count)
    {
        await using var database = NpgsqlDataSource.Create(installation.Parties["intake"].Databases.Application + ";Maximum Pool Size=16");
        var watch = Stopwatch.StartNew();
        const int perTransaction = 20;
        var written = 0;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Add(ref written, perTransaction) <= count)
            {
                await using var batch = database.CreateBatch();
                for (var i = 0; i < perTransaction; i++)
                    batch.BatchCommands.Add(new AuditRecord
                    {
                        Kind = "call.logged",
                        At = TimeProvider.System.GetUtcNow(),
                        Actor = "operator",
                        Call = Guid.CreateVersion7(),
                        Sha256 = Digest.Text(Digest.Of("benchmark")),
                    }.Insert());
                await batch.ExecuteNonQueryAsync();
            }
        })));
        var writes = count / watch.Elapsed.TotalSeconds;
        await Wait.UntilAsync(async () =>
        {
            await using var command = owner.CreateCommand("select (select count(*) from audit.leaves) >= $1");
            command.Parameters.Add(Sql.Parameter((long)count));
            return await command.ExecuteScalarAsync() is true;
        });
        return (writes, count / watch.Elapsed.TotalSeconds);
    }

    static async Task<bool> IsCheckpointedAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select (select count(*) from audit.leaves) = (select max(size) from audit.checkpoints)");
        return await command.ExecuteScalarAsync() is true;
    }

    /// <summary>A tree of that size beside the log (epoch 9): only hashes, as proofs need no more.</summary>
    static async Task<Figure> ProofAsync(NpgsqlDataSource database, int size)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using (var open = new NpgsqlCommand("insert into audit.epochs values (9, now())", connection))
            await open.ExecuteNonQueryAsync();
        await FillAsync(database, connection, size);
        await using (var analyze = new NpgsqlCommand("analyze audit.leaves, audit.nodes", connection))
            await analyze.ExecuteNonQueryAsync();
        var random = new Random(42);
        var (times, _) = await Flight.FlyAsync(500, 1, async _ =>
        {
            var index = random.NextInt64(size);
            await LogTables.ProofAsync(connection, 9, ProofPlan.Inclusion(index, size), CancellationToken.None);
        });
        return new Figure(0, Figure.Percentile(times, 50), Figure.Percentile(times, 99));
    }

    static async Task FillAsync(NpgsqlDataSource database, NpgsqlConnection connection, int size)
    {
        await using var other = await database.OpenConnectionAsync();
        await using var leafRows = await connection.BeginBinaryImportAsync("copy audit.leaves (epoch, index, record_id, at, kind, actor, leaf, hash) from stdin (format binary)");
        await using var nodeRows = await other.BeginBinaryImportAsync("copy audit.nodes (epoch, level, index, hash) from stdin (format binary)");
        // Foreign keys of all rows are looked at in the end.
        (leafRows.Timeout, nodeRows.Timeout) = (TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        var (tree, nodes, now) = (new Frontier(), new List<(SubtreeRoot, byte[])>(), TimeProvider.System.GetUtcNow().UtcDateTime);
        for (long i = 0; i < size; i++)
        {
            var hash = MerkleTree.Leaf(BitConverter.GetBytes(i));
            await leafRows.StartRowAsync();
            await leafRows.WriteAsync(9);
            await leafRows.WriteAsync(i);
            await leafRows.WriteAsync(long.MaxValue - i);
            await leafRows.WriteAsync(now, NpgsqlTypes.NpgsqlDbType.TimestampTz);
            await leafRows.WriteAsync("k");
            await leafRows.WriteAsync("a");
            await leafRows.WriteAsync("{}");
            await leafRows.WriteAsync(hash);
            tree.Append(hash, (place, root) => nodes.Add((place, root)));
            foreach (var (place, root) in nodes)
            {
                await nodeRows.StartRowAsync();
                await nodeRows.WriteAsync(9);
                await nodeRows.WriteAsync((short)place.Level);
                await nodeRows.WriteAsync(place.Index);
                await nodeRows.WriteAsync(root);
            }
            nodes.Clear();
        }
        await leafRows.CompleteAsync();
        await nodeRows.CompleteAsync();
    }

    static void Tell(string what, object? figure) => AnsiConsole.WriteLine($"{what}: {JsonSerializer.Serialize(figure)}");

    /// <summary>A bundle of two hundred events or more, in the log that was just filled.</summary>
    static async Task<(int Events, double Seconds)> BundleAsync(AuditAccess access)
    {
        const int wanted = 200;
        await using var connection = await access.Database.OpenConnectionAsync();
        await using (var clear = new NpgsqlCommand("delete from audit.leaves where epoch = 9; delete from audit.epochs where epoch = 9", connection))
            await clear.ExecuteNonQueryAsync();
        await using var find = new NpgsqlCommand($"select array_agg(r.call) from (select distinct (leaf::jsonb ->> 'call')::uuid as call from audit.records where leaf like '%\"call\"%' limit {wanted}) r", connection);
        var subjects = (Guid[])(await find.ExecuteScalarAsync())!;
        var watch = Stopwatch.StartNew();
        var bundle = await access.BundleAsync(new BundleSubject("BENCHMARK", subjects));
        _ = bundle.ToJson();
        return (bundle.Entries.Count, watch.Elapsed.TotalSeconds);
    }
}

/// <summary>Polls.</summary>
static class Wait
{
    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(100));
    }
}
