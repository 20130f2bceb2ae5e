using Hotline.Benchmarks.Product;
using Hotline.Provisioning.Servers;
using Npgsql;

namespace Hotline.Benchmarks.Figures;

/// <summary>
/// What one referral costs, whatever else the machine is busy with: CPU of each process (Linux's /proc) and what the
/// database server counts. Steadier than throughput where the machine is shared.
/// </summary>
/// <param name="CpuMilliseconds">Of each process, user and system.</param>
/// <param name="Transactions">That wrote, in all databases of the server. Counted by their ids: the server's statistics tell what an idle connection did up to ten seconds later, and those of the preparation would count as the referrals'.</param>
/// <param name="WalBytes">Written ahead by the server.</param>
public sealed record Costs(IReadOnlyDictionary<string, double> CpuMilliseconds, double Transactions, double WalBytes)
{
    public double TotalCpu => CpuMilliseconds.Values.Sum();

    internal static async Task<Costs> NowAsync(RunningHotline hotline, PrivateServers servers)
    {
        var cpu = hotline.Hosts.ToDictionary(h => h.Key, h => h.Value.ProcessId is { } id ? Machine.CpuSeconds(id) * 1000 : 0);
        cpu["postgresql"] = servers.Postgres is null ? 0 : Machine.CpuSecondsOfTree(servers.Postgres.ProcessId!.Value) * 1000;
        cpu["rabbitmq"] = servers.RabbitMq is null ? 0 : Machine.CpuSecondsOfTree(servers.RabbitMq.ProcessId!.Value) * 1000;
        cpu["client"] = Machine.CpuSeconds(Environment.ProcessId) * 1000;
        await using var connection = new NpgsqlConnection(servers.Addresses.Database.ConnectionString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "select pg_snapshot_xmax(pg_current_snapshot())::text::float8, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8", connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new Costs(cpu, reader.GetDouble(0), reader.GetDouble(1));
    }

    /// <summary>From then until now, for each of so many.</summary>
    public Costs Since(Costs before, int count) => new(
        CpuMilliseconds.ToDictionary(c => c.Key, c => (c.Value - before.CpuMilliseconds.GetValueOrDefault(c.Key)) / count),
        (Transactions - before.Transactions) / count, (WalBytes - before.WalBytes) / count);
}
