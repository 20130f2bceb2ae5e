using System.Collections.Concurrent;
using Npgsql;

namespace Hotline.Benchmarks.Product;

/// <summary>
/// Says when a referral's receipt is committed at the hub. The database tells it: a trigger that only the benchmark sets up
/// sends each referral's id with the commit (PostgreSQL manual, NOTIFY). Asking every few milliseconds made a third of all
/// transactions of what is measured (decision record 108). What the trigger costs counts as the product's.
/// </summary>
sealed class ReceiptWatch : IAsyncDisposable
{
    const string Channel = "benchmark_receipts";

    readonly ConcurrentDictionary<Guid, TaskCompletionSource> receipts = new();
    readonly CancellationTokenSource stop = new();
    readonly NpgsqlConnection connection;
    readonly Task listening;

    ReceiptWatch(NpgsqlConnection connection)
    {
        this.connection = connection;
        connection.Notification += (_, told) => Of(Guid.Parse(told.Payload)).TrySetResult();
        listening = ListenAsync();
    }

    public static async Task<ReceiptWatch> OpenAsync(NpgsqlDataSource hub)
    {
        var connection = await hub.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            $"""
            create or replace function benchmark_receipt() returns trigger language plpgsql as
              $f$ begin perform pg_notify('{Channel}', new.id::text); return null; end $f$;
            create or replace trigger benchmark_receipt after update of delivered_at on referrals
              for each row when (old.delivered_at is null and new.delivered_at is not null) execute function benchmark_receipt();
            listen {Channel}
            """, connection);
        await command.ExecuteNonQueryAsync();
        return new ReceiptWatch(connection);
    }

    /// <summary>A receipt may be there before anybody waits for it.</summary>
    /// <exception cref="NpgsqlException">The connection broke: no receipt would be told any more.</exception>
    public async Task DeliveredAsync(Guid referral)
    {
        await await Task.WhenAny(Of(referral).Task, listening);
        receipts.TryRemove(referral, out _);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await listening;
        await connection.DisposeAsync();
        stop.Dispose();
    }

    TaskCompletionSource Of(Guid referral) => receipts.GetOrAdd(referral, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    async Task ListenAsync()
    {
        try
        {
            while (true)
                await connection.WaitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits any more.
        }
    }
}
