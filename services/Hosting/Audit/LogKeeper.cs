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

    public const string Late = "log.late";
    static readonly TimeSpan LateAfter = TimeSpan.FromMinutes(1);

    /// <summary>Whether the alarm stands; null until this process has said so or the opposite.</summary>
    bool? late;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var (lastWork, lastTurn) = (time.GetTimestamp(), time.GetTimestamp());
        while (!stop.IsCancellationRequested)
        {
            TimeSpan wait;
            try
            {
                var sequenced = await RoundAsync(stop);
                if (sequenced > 0)
                    lastWork = time.GetTimestamp();
                // Another node at it for so long stands still as well.
                if (sequenced is not null)
                    lastTurn = time.GetTimestamp();
                wait = sequenced == Sequencer.BatchSize ? TimeSpan.Zero : time.GetElapsedTime(lastWork) < QuietAfter ? Every : EveryWhileQuiet;
            }
            catch (LogDamagedException damaged)
            {
                log.LogCritical("The audit log stands still: {Problem}", damaged.Message);
                await SayAsync("log.damaged", raised: true, stop);
                wait = AfterTrouble;
            }
            catch (Exception trouble) when (trouble is not OutOfMemoryException && !stop.IsCancellationRequested)
            {
                log.LogWarning("The audit log is late: {Problem}", trouble.GetType().Name);
                wait = AfterTrouble;
            }
            var isLate = time.GetElapsedTime(lastTurn) > LateAfter;
            if (isLate != late && await SayAsync(Late, isLate, stop))
                late = isLate;
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

    /// <returns>False where it could not be said.</returns>
    async Task<bool> SayAsync(string code, bool raised, CancellationToken cancel)
    {
        try
        {
            await using var batch = database.CreateBatch();
            batch.BatchCommands.Add(raised
                ? Alarm.Raise(code, null, null, null, await clock.NowAsync(cancel))
                : Sql.Command("update alarms set cleared_at = hotline_now() where code = $1 and cleared_at is null", code));
            await batch.ExecuteNonQueryAsync(cancel);
            return true;
        }
        catch (Exception away) when (away is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            // The next round tries again.
            return false;
        }
    }
}
