using Hotline.Duty.Calendar;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary>
/// Looks for gaps of the next fourteen days every hour, and for the coming year's holidays every day, and raises an alarm
/// before they hurt. One node looks for all; an alarm whose reason is gone is cleared.
/// </summary>
public sealed class DutyChecks(NpgsqlDataSource database, DatabaseClock clock, TimeProvider time, ILogger<DutyChecks> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception trouble) when (trouble is not OutOfMemoryException)
            {
                // Whatever it is: a check that fails must not stop the service that pages.
                log.LogWarning("The duty checks wait: {Problem}", trouble.GetType().Name);
            }
            await Task.Delay(Every, time, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>Does what is due, if no other node is at it.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var due = await TakeTurnAsync(connection, cancel);
        if (due.Count == 0)
            return;
        var now = await clock.NowAsync(cancel);
        var duty = await WholeDuty.LoadAsync(connection, now, cancel);
        await using var batch = new NpgsqlBatch(connection);
        if (due.Contains("gaps"))
            batch.BatchCommands.Add(Settle("roster.gap", duty.GapsBetween(now, now + Gaps.Ahead).Count > 0, now));
        if (due.Contains("calendar"))
            batch.BatchCommands.Add(Settle("calendar.year-missing", CalendarYears.Missing(duty.Calendar, now).Any(year => year.State == "missing"), now));
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    static async Task<IReadOnlyList<string>> TakeTurnAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            with turn as (select name from duty_checks where due_at <= hotline_now() for update skip locked)
            update duty_checks c set due_at = hotline_now() + case c.name when 'gaps' then interval '1 hour' else interval '1 day' end
            from turn where turn.name = c.name returning c.name
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var due = new List<string>();
        while (await reader.ReadAsync(cancel))
            due.Add(reader.GetString(0));
        return due;
    }

    static NpgsqlBatchCommand Settle(string code, bool raised, DateTimeOffset now) => raised
        ? Alarm.Raise(code, null, null, null, now)
        : Sql.Command("update alarms set cleared_at = $2 where code = $1 and cleared_at is null", code, now);
}
