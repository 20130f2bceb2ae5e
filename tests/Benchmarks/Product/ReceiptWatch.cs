using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Npgsql;

namespace Hotline.Benchmarks.Product;

/// <summary>
/// Says when a referral's receipt is committed at the hub. One question for all that wait, by primary key: every few
/// milliseconds where many wait, every fifth of one where one waits, because the wait would count as the product's. Where
/// one waits it does not ask before half of the shortest wait so far has passed: on two cores the asking itself takes
/// time from what is measured.
/// </summary>
sealed partial class ReceiptWatch : IAsyncDisposable
{
    const int Few = 4;
    const uint BetweenFew = 200;
    const uint BetweenMany = 5000;

    sealed record Waiter(TaskCompletionSource Arrived, long Since);

    readonly ConcurrentDictionary<Guid, Waiter> waiting = new();
    readonly ManualResetEventSlim any = new();
    readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly NpgsqlDataSource hub;
    TimeSpan shortest;
    volatile bool stopping;

    public ReceiptWatch(NpgsqlDataSource hub)
    {
        this.hub = hub;
        new Thread(Watch) { IsBackground = true, Name = "receipts" }.Start();
    }

    public Task DeliveredAsync(Guid referral)
    {
        var waiter = waiting.GetOrAdd(referral, _ => new Waiter(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), Stopwatch.GetTimestamp()));
        any.Set();
        return waiter.Arrived.Task;
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
            if (waiting.Values.ToList() is [var alone] && shortest / 2 - Stopwatch.GetElapsedTime(alone.Since) is var early && early > TimeSpan.Zero)
                _ = Sleep((uint)early.TotalMicroseconds);
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
        var alone = waiting.Count == 1;
        using var reader = command.ExecuteReader();
        while (reader.Read())
            if (waiting.TryRemove(reader.GetGuid(0), out var waiter))
            {
                var waited = Stopwatch.GetElapsedTime(waiter.Since);
                if (alone && (shortest == TimeSpan.Zero || waited < shortest))
                    shortest = waited;
                waiter.Arrived.SetResult();
            }
    }

    /// <summary>Timers of the runtime are no finer than a millisecond.</summary>
    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int Sleep(uint microseconds);
}
