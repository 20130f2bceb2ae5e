using Hotline.Contracts;
using Hotline.Hosting;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Channels;

/// <summary>
/// Takes a gateway out of use, and back: for one that says yes and delivers nothing, which no fail-over notices. Must stay
/// true: one gateway at least stays in use, or nobody would be woken.
/// </summary>
static class TurnGateway
{
    /// <returns>Null, or <c>not-found</c>, <c>gateway.last</c>.</returns>
    public static async Task<Refusal?> TurnAsync(
        NpgsqlDataSource database, HostSettings settings, string gateway, bool off, Caller by, IdempotencyKey? key, DateTimeOffset now, CancellationToken cancel)
    {
        var known = (settings.Channels?.Gateways ?? []).Select(g => g.Name).ToArray();
        if (!known.Contains(gateway))
            return new Refusal("not-found");
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        // Two who take one out each at the same time must see each other.
        await using (var alone = new NpgsqlCommand("lock table gateway_switches in share row exclusive mode", connection))
            await alone.ExecuteNonQueryAsync(cancel);
        var ways = await OpenWays.ReadAsync(connection, cancel);
        if (off && known.All(name => name == gateway || ways.Off.Contains(name)))
            return new Refusal("gateway.last");
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(off
            ? Sql.Command("insert into gateway_switches (gateway, changed_by, changed_at) values ($1, $2, $3) on conflict (gateway) do nothing", gateway, by.Alias, now)
            : Sql.Command("delete from gateway_switches where gateway = $1", gateway));
        batch.BatchCommands.Add(new AuditRecord { Kind = off ? "gateway.off" : "gateway.on", At = now, Actor = by.Alias, Code = gateway }.Insert());
        if (key is not null)
            batch.BatchCommands.Add(key.Insert(Guid.CreateVersion7(now)));
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        return null;
    }
}
