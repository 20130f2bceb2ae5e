using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>
/// Keeps the log going beside the work: sequences, signs, has it witnessed. Must stay true: whatever goes wrong here,
/// calls and referrals go on; the log is late then, and says since when.
/// </summary>
public sealed class LogKeeper(Sequencer sequencer, Checkpoints checkpoints, Witnessed witnessed, NpgsqlDataSource database, DatabaseClock clock, TimeProvider time, ILogger<LogKeeper> log)
    : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>Where nothing has been recorded for a while: five idle hosts must cost next to nothing.</summary>
    static readonly TimeSpan EveryWhileQuiet = TimeSpan.FromSeconds(5);
    static readonly TimeSpan QuietAfter = TimeSpan.FromSeconds(30);
    static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var lastWork = time.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            TimeSpan wait;
            try
            {
                var sequenced = await RoundAsync(stop);
                if (sequenced > 0)
                    lastWork = time.GetTimestamp();
                wait = sequenced == Sequencer.BatchSize ? TimeSpan.Zero : time.GetElapsedTime(lastWork) < QuietAfter ? Every : EveryWhileQuiet;
            }
            catch (LogDamagedException damaged)
            {
                log.LogCritical("The audit log stands still: {Problem}", damaged.Message);
                await AlarmAsync(stop);
                wait = AfterTrouble;
            }
            catch (Exception trouble) when (trouble is not OutOfMemoryException && !stop.IsCancellationRequested)
            {
                log.LogWarning("The audit log is late: {Problem}", trouble.GetType().Name);
                wait = AfterTrouble;
            }
            await Task.Delay(wait, time, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <returns>How many records got their leaf; null when another node is at it.</returns>
    async Task<int?> RoundAsync(CancellationToken cancel)
    {
        var sequenced = await sequencer.TurnAsync(cancel);
        // Whoever sequences, signs; what is waiting goes first.
        if (sequenced is not (null or Sequencer.BatchSize))
        {
            await checkpoints.SignDueAsync(cancel);
            await witnessed.RoundAsync(await clock.NowAsync(cancel), cancel);
        }
        return sequenced;
    }

    async Task AlarmAsync(CancellationToken cancel)
    {
        try
        {
            await using var batch = database.CreateBatch();
            batch.BatchCommands.Add(Alarm.Raise("log.damaged", null, null, null, await clock.NowAsync(cancel)));
            await batch.ExecuteNonQueryAsync(cancel);
        }
        catch (Exception away) when (away is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            // The next round tries again.
        }
    }
}
