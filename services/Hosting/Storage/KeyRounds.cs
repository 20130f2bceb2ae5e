using Hotline.Hosting.Messages;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Storage;

/// <summary>Keeps both copies of the key store alike, and its history short. A copy that is away is an alarm; work goes on with the other.</summary>
public sealed class KeyRounds(KeyStore store, NpgsqlDataSource database, DatabaseClock clock, TimeProvider time, ILogger<KeyRounds> log) : BackgroundService
{
    public const string CopyAway = "key-store.copy-away";
    public const string KeyDamaged = "key-store.damaged";

    static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <summary>Keys that were written while the last round ran are looked at again.</summary>
    static readonly TimeSpan Overlap = TimeSpan.FromMinutes(30);

    int failed;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        DateTimeOffset? evenSince = null;
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                evenSince = await RoundAsync(evenSince, stop);
            }
            catch (Exception trouble) when (trouble is not OutOfMemoryException && !stop.IsCancellationRequested)
            {
                log.LogWarning("The round of the key store waits: {Problem}", trouble.GetType().Name);
            }
        }
        while (!stop.IsCancellationRequested && await timer.WaitForNextTickAsync(stop));
    }

    /// <returns>Up to when both copies are known to be alike.</returns>
    async Task<DateTimeOffset?> RoundAsync(DateTimeOffset? evenSince, CancellationToken cancel)
    {
        // Ids carry the host's time, not the database's.
        var now = time.GetUtcNow();
        try
        {
            var result = await new KeyRepair(store).EvenOutAsync(evenSince - Overlap, cancel);
            foreach (var copy in store.Copies)
                await copy.ForgetHistoryAsync(cancel);
            failed = 0;
            await SayAsync(CopyAway, raised: false, cancel);
            if (result.Damaged > 0)
                await SayAsync(KeyDamaged, raised: true, cancel);
            return now;
        }
        catch (NpgsqlException away)
        {
            log.LogError("A copy of the key store is away: {Problem}", away.GetType().Name);
            // Once may be a server that is slow to start.
            if (++failed > 1)
                await SayAsync(CopyAway, raised: true, cancel);
            return evenSince;
        }
    }

    async Task SayAsync(string code, bool raised, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(raised
            ? Alarm.Raise(code, null, null, null, await clock.NowAsync(cancel))
            : Sql.Command("update alarms set cleared_at = hotline_now() where code = $1 and cleared_at is null", code));
        await batch.ExecuteNonQueryAsync(cancel);
    }
}
