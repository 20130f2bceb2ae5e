using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>
/// Looks once a second, with one cheap question, whether anything is due that no signal announces: rows of another node
/// or of a crash, messages without a receipt, held ones, the inventory, a newer key directory. One round for all of
/// them, because five idle hosts must cost next to nothing.
/// </summary>
public sealed class Rounds(
    NpgsqlDataSource database, OutboxSignal outbox, Resender resender, HeldMessages held, InventoryDaily inventory, KeyDirectories directories,
    TimeProvider time, ILogger<Rounds> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    sealed record Due(bool Outbox, bool Resend, bool Held, bool Inventory, bool Parked, int? Directory);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            await TryAsync("the key directory", directories.LookAsync, stop);
            await TryAsync("what is due", WalkAsync, stop);
        }
        while (await TickAsync(timer, stop));
    }

    async Task WalkAsync(CancellationToken stop)
    {
        var due = await AskAsync(stop);
        await TryAsync("the key directory", cancel => directories.FollowAsync(due.Directory, cancel), stop);
        if (due.Parked)
            await TryAsync("parked messages", resender.ReturnParkedAsync, stop);
        if (due.Outbox)
            outbox.Raise();
        if (due.Resend)
            await TryAsync("sending again", resender.ResendAllDueAsync, stop);
        if (due.Held)
            await TryAsync("held messages", held.OpenDueAsync, stop);
        if (due.Inventory)
            await TryAsync("the inventory", inventory.StateDueAsync, stop);
    }

    async Task<Due> AskAsync(CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select exists (select from outbox where parked_at is null and (not_before is null or not_before <= hotline_now())),
              exists (select from sent_messages where next_send_at <= hotline_now()),
              exists (select from parked_messages where retry_at <= hotline_now() and settled_at is null),
              exists (select from party_state where inventory_due_at is null or inventory_due_at <= hotline_now()),
              exists (select from outbox where parked_at <= hotline_now() - interval '5 minutes'),
              (select max(version) from key_directories)
            """);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new Due(reader.GetBoolean(0), reader.GetBoolean(1), reader.GetBoolean(2), reader.GetBoolean(3), reader.GetBoolean(4),
            reader.IsDBNull(5) ? null : reader.GetInt32(5));
    }

    async Task TryAsync(string what, Func<CancellationToken, Task> errand, CancellationToken stop)
    {
        try
        {
            await errand(stop);
        }
        catch (Exception trouble) when (trouble is not OutOfMemoryException && !stop.IsCancellationRequested)
        {
            // One errand that fails must not keep the others from being run.
            log.LogWarning("{Errand} waits: {Problem}", what, trouble.GetType().Name);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    static async Task<bool> TickAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
