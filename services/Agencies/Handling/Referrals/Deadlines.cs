using Hotline.Duty.Calendar;
using Hotline.Duty.Ladders;
using Hotline.Hosting.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Handling.Referrals;

/// <summary>
/// By when somebody must have acknowledged: the agency's clocks on its calendar, kept at hand because messages arrive in
/// batches. A changed plan or a new holiday counts within <see cref="Every"/>; deadlines that were set before stay.
/// </summary>
public sealed class Deadlines(NpgsqlDataSource database, DatabaseClock clock, TimeProvider time, ILogger<Deadlines> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    static readonly string[] Urgencies = ["P0", "P1", "P2", "P3"];

    volatile Clocks clocks = new(DefaultPlan.Of(null), CalendarFiles.KnownDays());

    public DateTimeOffset AcknowledgeBy(string urgency, DateTimeOffset now) => clocks.AcknowledgeBy(urgency, now);

    /// <summary>Nobody answers for the referral any more: the clock of its urgency starts again.</summary>
    public NpgsqlBatchCommand Restart(Guid referral, DateTimeOffset now) => Sql.Command(
        """
        update referrals set acknowledged_at = null, acknowledged_by = null,
          acknowledge_by = (select at from unnest($2::text[], $3::timestamptz[]) as clock(urgency, at) where clock.urgency = referrals.urgency)
        where id = $1
        """,
        referral, Urgencies, Urgencies.Select(urgency => AcknowledgeBy(urgency, now).UtcDateTime).ToArray());

    /// <summary>The clocks are there before the first message is taken.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Every, time, stop).ContinueWith(_ => { }, TaskScheduler.Default);
            if (!stop.IsCancellationRequested)
                await LookAsync(stop);
        }
    }

    async Task LookAsync(CancellationToken cancel)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            clocks = await Clocks.FindAsync(connection, await clock.NowAsync(cancel), cancel);
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException)
        {
            log.LogWarning("The clocks stay as they were: {Problem}", away.GetType().Name);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
