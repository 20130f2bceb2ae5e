using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Npgsql;

namespace Hotline.Benchmarks.Product;

/// <summary>
/// Says when a referral's receipt is committed at the hub. One question for all that wait, by primary key: every few
/// milliseconds where many wait, every fifth of one where one waits, because the wait would count as the product's.
/// </summary>
sealed partial class ReceiptWatch : IAsyncDisposable
{
    const int Few = 4;
    const uint BetweenFew = 200;
    const uint BetweenMany = 5000;

    readonly ConcurrentDictionary<Guid, TaskCompletionSource> waiting = new();
    readonly ManualResetEventSlim any = new();
    readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly NpgsqlDataSource hub;
    volatile bool stopping;

    public ReceiptWatch(NpgsqlDataSource hub)
    {
        this.hub = hub;
        new Thread(Watch) { IsBackground = true, Name = "receipts" }.Start();
    }

    public Task DeliveredAsync(Guid referral)
    {
        var arrived = waiting.GetOrAdd(referral, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        any.Set();
        return arrived;
    }

    public async ValueTask DisposeAsync()
    {
        stopping = true;
        any.Set();
        await ended.Task;
        any.Dispose();
    }

    void Watch()
    {
        using var connection = hub.OpenConnection();
        using var command = new NpgsqlCommand("select id from referrals where id = any($1) and delivered_at is not null", connection);
        var ids = new NpgsqlParameter<Guid[]> { TypedValue = [] };
        command.Parameters.Add(ids);
        command.Prepare();
        while (!stopping)
        {
            any.Wait();
            ids.TypedValue = [.. waiting.Keys];
            Ask(command);
            if (waiting.IsEmpty)
                any.Reset();
            if (!waiting.IsEmpty)
                any.Set(); // one may have come between the two lines above
            _ = Sleep(waiting.Count > Few ? BetweenMany : BetweenFew);
        }
        ended.SetResult();
    }

    void Ask(NpgsqlCommand command)
    {
        using var reader = command.ExecuteReader();
        while (reader.Read())
            if (waiting.TryRemove(reader.GetGuid(0), out var arrived))
                arrived.SetResult();
    }

    /// <summary>Timers of the runtime are no finer than a millisecond.</summary>
    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int Sleep(uint microseconds);
}
