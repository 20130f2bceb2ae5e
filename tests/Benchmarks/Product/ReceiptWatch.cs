using System.Collections.Concurrent;
using Npgsql;

namespace Hotline.Benchmarks.Product;

/// <summary>
/// Says when a referral's receipt is committed at the hub. One query for all that wait, every few milliseconds, by primary
/// key: what it costs is counted against the product.
/// </summary>
sealed class ReceiptWatch : IAsyncDisposable
{
    readonly ConcurrentDictionary<Guid, TaskCompletionSource> waiting = new();
    readonly CancellationTokenSource stop = new();
    readonly NpgsqlDataSource hub;
    readonly Task watching;

    public ReceiptWatch(NpgsqlDataSource hub)
    {
        this.hub = hub;
        watching = Task.Run(WatchAsync);
    }

    public Task DeliveredAsync(Guid referral) =>
        waiting.GetOrAdd(referral, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await watching;
        stop.Dispose();
    }

    async Task WatchAsync()
    {
        await using var connection = await hub.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("select id from referrals where id = any($1) and delivered_at is not null", connection);
        var ids = command.Parameters.Add(new NpgsqlParameter<Guid[]>());
        while (!stop.IsCancellationRequested)
        {
            if (waiting.IsEmpty)
            {
                await Task.Delay(1);
                continue;
            }
            ((NpgsqlParameter<Guid[]>)command.Parameters[0]).TypedValue = [.. waiting.Keys];
            var found = new List<Guid>();
            await using (var reader = await command.ExecuteReaderAsync())
                while (await reader.ReadAsync())
                    found.Add(reader.GetGuid(0));
            foreach (var id in found)
                if (waiting.TryRemove(id, out var arrived))
                    arrived.SetResult();
            // Alone: look as often as the timer allows. Many: a millisecond's grain does not matter.
            await Task.Delay(waiting.Count > 4 ? 5 : 1);
        }
    }
}
