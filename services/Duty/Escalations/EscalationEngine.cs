using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Duty.Escalations;

/// <summary>
/// Works through what is due, batch by batch, on every node. An escalation that cannot be worked on is tried again, then
/// parked for a while, with an alarm and a word to the hub: the others go on. Must stay true: what is parked is tried again
/// without end, because what was wrong may have been something else.
/// </summary>
public sealed class EscalationEngine(
    NpgsqlDataSource database, ClaimDue claim, EscalationSignal signal, UrgentPageSignal urgent, PageSignal pages, OutboxSignal outbox, DatabaseClock clock,
    InboxRush rush, Party party, ILogger<EscalationEngine> log) : BackgroundService
{
    static readonly TimeSpan Unsignalled = TimeSpan.FromMinutes(1);
    static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(5);
    static readonly TimeSpan PoisonPause = TimeSpan.FromSeconds(10);
    static readonly TimeSpan UrgentParkedFor = TimeSpan.FromMinutes(1);
    static readonly TimeSpan ParkedFor = TimeSpan.FromMinutes(15);

    /// <summary>
    /// In a rush without P0, referrals that arrive go before pages of those that did, and more of these share a turn.
    /// Hundreds a second are still paged; a P0 that comes meanwhile waits no longer than this.
    /// </summary>
    static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(150);
    const int MostFailures = 3;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var failures = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var claimed = await WorkAsync(stop);
                if (claimed is { Advanced: > 0, HadMostUrgent: false } && (rush.IsOn || claimed.Advanced == ClaimDue.BatchSize))
                    await Task.Delay(Breath, stop);
                if (claimed is { Advanced: 0 } or { LeftSome: false })
                    await signal.WaitAsync(Unsignalled, stop);
                failures = 0;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception away) when (away is not OutOfMemoryException)
            {
                failures++;
                log.LogWarning("Escalations wait: {Problem}", away.GetType().Name);
                await Pause.BackOffAsync(failures, LongestBackOff, stop);
            }
        }
    }

    /// <summary>One batch, or one by one where a batch fails.</summary>
    public async Task<Claimed> WorkAsync(CancellationToken cancel)
    {
        Claimed claimed;
        try
        {
            claimed = await claim.ClaimAsync(null, cancel);
        }
        catch (Exception failure) when (IsOfTheRow(failure))
        {
            log.LogWarning("A batch of escalations failed and is done one by one: {Problem}", failure.GetType().Name);
            claimed = Claimed.Nothing;
            foreach (var escalation in await claim.DueAsync(cancel))
                claimed += await TryOneAsync(escalation, cancel);
        }
        if (claimed.HadMostUrgent)
            urgent.Raise();
        if (claimed.Advanced > 0)
            pages.Raise();
        if (claimed.Told)
            outbox.Raise();
        return claimed;
    }

    async Task<Claimed> TryOneAsync(Guid escalation, CancellationToken cancel)
    {
        try
        {
            return await claim.ClaimAsync(escalation, cancel);
        }
        catch (Exception failure) when (IsOfTheRow(failure))
        {
            log.LogError("Escalation {Escalation} could not be advanced: {Problem}", escalation, failure.GetType().Name);
            await NoteFailureAsync(escalation, cancel);
            return Claimed.Nothing;
        }
    }

    async Task NoteFailureAsync(Guid escalation, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var command = database.CreateCommand(
            """
            update escalations set failures = failures + 1, status = case when failures + 1 >= $3 then 'parked' else status end,
              next_due_at = case when failures + 1 < $3 then $2::timestamptz when urgency in ('P0', 'P1') then $4 else $5 end
            where id = $1 returning subject_id, step, failures
            """);
        command.Parameters.Add(Sql.Parameter(escalation));
        command.Parameters.Add(Sql.Parameter(now + PoisonPause));
        command.Parameters.Add(Sql.Parameter(MostFailures));
        command.Parameters.Add(Sql.Parameter(now + UrgentParkedFor));
        command.Parameters.Add(Sql.Parameter(now + ParkedFor));
        (Guid Subject, int Step, int Failures) noted;
        await using (var reader = await command.ExecuteReaderAsync(cancel))
        {
            if (!await reader.ReadAsync(cancel))
                return;
            noted = (reader.GetGuid(0), reader.GetInt32(1), reader.GetInt32(2));
        }
        if (noted.Failures < MostFailures)
            return;
        await using (var alarm = database.CreateBatch())
        {
            alarm.BatchCommands.Add(Alarm.Raise("escalation.parked", party.Name, noted.Subject, null, now));
            await alarm.ExecuteNonQueryAsync(cancel);
        }
        if (noted.Failures == MostFailures)
            await TellAsync(noted.Subject, noted.Step, now, cancel);
    }

    async Task TellAsync(Guid subject, int step, DateTimeOffset now, CancellationToken cancel)
    {
        try
        {
            await claim.TellParkedAsync(subject, step, now, cancel);
            outbox.Raise();
        }
        catch (Exception failure) when (failure is not (OutOfMemoryException or OperationCanceledException))
        {
            log.LogError("The hub could not be told that {Subject} is parked: {Problem}", subject, failure.GetType().Name);
        }
    }

    /// <summary>The row's own fault, and not that of a database that is away or of two transactions that crossed.</summary>
    static bool IsOfTheRow(Exception failure) => failure is PostgresException { IsTransient: false } or not (NpgsqlException or OperationCanceledException or TimeoutException or OutOfMemoryException);
}
