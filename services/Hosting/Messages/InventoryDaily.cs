using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>States the inventory when it is due: daily, on return after a day away, and after a restore (protocol.md, "Kinds").</summary>
public sealed class InventoryDaily(Party party, Envelope envelope, NpgsqlDataSource database, Inventory inventory, DatabaseClock clock)
{
    /// <summary>Daily statements look back this far: longer than any message lives.</summary>
    static readonly TimeSpan LookBack = TimeSpan.FromDays(40);

    public async Task StateDueAsync(CancellationToken cancel)
    {
        if (await TakeTurnAsync(cancel) is { } whole)
            await StateAllAsync(whole, cancel);
    }

    /// <summary>One node a day takes the turn.</summary>
    /// <returns>True for the whole inventory (never stated, or asked for by a restore), false for the daily one, null when nothing is due.</returns>
    async Task<bool?> TakeTurnAsync(CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            with turn as (select inventory_due_at as due from party_state where inventory_due_at is null or inventory_due_at <= hotline_now() for update skip locked)
            update party_state set inventory_due_at = hotline_now() + interval '1 day' from turn
            returning turn.due is null or turn.due < hotline_now() - interval '1 day'
            """);
        return await command.ExecuteScalarAsync(cancel) as bool?;
    }

    async Task StateAllAsync(bool whole, CancellationToken cancel)
    {
        var since = whole ? (DateTimeOffset?)null : await clock.NowAsync(cancel) - LookBack;
        foreach (var peer in envelope.Directory.Parties.Where(p => party.IsHub ? p != party.Name : p == Contracts.Parties.Hub))
            await inventory.StateAsync(peer, since, cancel);
    }
}
