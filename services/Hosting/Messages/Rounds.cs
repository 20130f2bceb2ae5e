using Hotline.Hosting.Storage;
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
    NpgsqlDataSource database, OutboxSignal outbox, Resender resender, HeldMessages held, InventoryDaily inventory, KeyDirectories directories, ClockSkew skew,
    DirectoryExpiry expiry, IEnumerable<Errand> further, TimeProvider time, ILogger<Rounds> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    readonly IReadOnlyList<Errand> errands =
    [
        new("parked messages", "exists (select from outbox where parked_at <= clock.at - interval '5 minutes')", resender.ReturnParkedAsync),
        Errand.Waking("the outbox", "exists (select from outbox where parked_at is null and body is not null and (not_before is null or not_before <= clock.at))", outbox),
        new("bodies that are gone", "exists (select from outbox where body is null and not_before <= clock.at)", resender.SealAgainAsync),
        new("sending again", "exists (select from sent_messages where next_send_at <= clock.at)", resender.ResendAllDueAsync),
        new("held messages", "exists (select from parked_messages where retry_at <= clock.at and settled_at is null)", held.OpenDueAsync),
        new("the inventory", "exists (select from party_state where inventory_due_at is null or inventory_due_at <= clock.at)", inventory.StateDueAsync),
        .. further,
    ];

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            await TryAsync("the key directory", directories.LookAsync, stop);
            await TryAsync("what is due", WalkAsync, stop);
            await TryAsync("the clock", skew.LookAsync, stop);
            await TryAsync("the directory's expiry", expiry.LookAsync, stop);
        }
        while (await TickAsync(timer, stop));
    }

    async Task WalkAsync(CancellationToken stop)
    {
        var (due, directory) = await AskAsync(stop);
        await TryAsync("the key directory", cancel => directories.FollowAsync(directory, cancel), stop);
        foreach (var errand in due)
            await TryAsync(errand.Name, errand.RunAsync, stop);
    }

    async Task<(List<Errand> Due, int? Directory)> AskAsync(CancellationToken cancel)
    {
        // The clock is read once: a function of it in each condition would keep the indexes from being used.
        await using var command = database.CreateCommand(
            $"with clock as materialized (select hotline_now() as at) select (select max(version) from key_directories), {string.Join(", ", errands.Select(Question))}");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return ([.. errands.Where((_, i) => reader.GetBoolean(i + 1))], reader.IsDBNull(0) ? null : reader.GetInt32(0));
    }

    static string Question(Errand errand) => $"({errand.DueWhen.Replace("clock.at", "(select at from clock)", StringComparison.Ordinal)})";

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
