using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>
/// States the inventory when it is due: daily, on return after a day away, and after a restore (protocol.md, "Kinds").
/// Must stay true: the turn is over when the statements are in the outbox, and not before; whoever has no key is owed one.
/// Otherwise what was lost with a database is never missed.
/// </summary>
public sealed class InventoryDaily(
    Party party, Envelope envelope, NpgsqlDataSource database, Inventory inventory, DatabaseClock clock, ILogger<InventoryDaily> log)
{
    /// <summary>Daily statements look back this far: longer than any message lives.</summary>
    static readonly TimeSpan LookBack = TimeSpan.FromDays(40);

    /// <summary>One node a day takes the turn. One that ends in the middle of it leaves it to the next, and some is stated twice.</summary>
    public async Task StateDueAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        if (await TakeTurnAsync(connection, cancel) is not var (whole, owed))
            return;
        var since = await clock.NowAsync(cancel) - LookBack;
        var unreached = new List<string>();
        foreach (var peer in envelope.Directory.Parties.Where(p => party.IsHub ? p != party.Name : p == Contracts.Parties.Hub))
            if (!await TryStateAsync(peer, whole || owed.Contains(peer) ? null : since, cancel) && (whole || owed.Contains(peer)))
                unreached.Add(peer);
        await using var end = new NpgsqlCommand("update party_state set inventory_due_at = hotline_now() + interval '1 day', inventory_owed = $1", connection);
        end.Parameters.Add(Sql.Parameter(unreached.ToArray()));
        await end.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <returns>Whether the whole inventory is due (never stated, or asked for by a restore), and to whom it is owed; null when nothing is due.</returns>
    static async Task<(bool Whole, string[] Owed)?> TakeTurnAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select inventory_due_at is null or inventory_due_at < hotline_now() - interval '1 day', inventory_owed from party_state
            where inventory_due_at is null or inventory_due_at <= hotline_now() for update skip locked
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? (reader.GetBoolean(0), reader.GetFieldValue<string[]>(1)) : null;
    }

    async Task<bool> TryStateAsync(string peer, DateTimeOffset? since, CancellationToken cancel)
    {
        try
        {
            await inventory.StateAsync(peer, since, cancel);
            return true;
        }
        catch (SealingException cannot)
        {
            log.LogWarning("No inventory can be stated to {Peer}: {Code}", peer, cannot.Code);
            return false;
        }
    }
}
