using Hotline.Duty.Calendar;
using Hotline.Duty.Ladders;
using Hotline.Duty.Officers;
using Hotline.Duty.Roster;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Escalations;

/// <summary>
/// Who stands behind a step at this instant. Looked up anew for each transaction, because a shift ends and an account is
/// closed at any time; within one, the two hundredth question about the same desk is answered from the first.
/// </summary>
/// <param name="connection">In the transaction.</param>
/// <param name="calendar">As that transaction has read it.</param>
sealed class StepPeople(
    OnDuty onDuty, Hotline.Sealing.StorageKeys storage, NpgsqlConnection connection, IReadOnlyCollection<CalendarDay> calendar, DateTimeOffset now)
{
    readonly Dictionary<string, IReadOnlyList<Target>> known = [];

    public async Task<IReadOnlyList<PageTarget>> OfAsync(LadderStep step, Escalation escalation, CancellationToken cancel)
    {
        var desk = $"{step.UnitFor(escalation.Unit)}/{string.Join(',', step.Layers)}";
        if (!known.TryGetValue(desk, out var targets))
            known[desk] = targets = await onDuty.FindAsync(connection, step, escalation.Unit, calendar, now, cancel);
        var found = targets.Select(t => new PageTarget(t, step.Channels)).ToList();
        if (escalation.AcknowledgedBy is { } silent && targets.All(t => t.Id != silent))
            found.AddRange((await OfficerAsync(silent, escalation.Unit, cancel)).Select(t => new PageTarget(t, step.Channels)));
        return found;
    }

    async Task<IReadOnlyList<Target>> OfficerAsync(Guid account, string unit, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select user_name from accounts where id = $1", connection);
        command.Parameters.Add(Sql.Parameter(account));
        return await command.ExecuteScalarAsync(cancel) is string userName
            ? await OfficerRows.FindAsync(connection, storage, [userName], unit, cancel) : [];
    }
}
