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
public sealed class StepPeople(OnDuty onDuty, Hotline.Sealing.StorageKeys storage)
{
    readonly Dictionary<string, IReadOnlyList<Target>> known = [];

    /// <summary>To be called at the start of a transaction.</summary>
    public void Forget() => known.Clear();

    internal async Task<IReadOnlyList<PageTarget>> OfAsync(
        NpgsqlConnection connection, LadderStep step, Escalation escalation, DateTimeOffset now, CancellationToken cancel)
    {
        var desk = $"{step.UnitFor(escalation.Unit)}/{string.Join(',', step.Layers)}";
        if (!known.TryGetValue(desk, out var targets))
            known[desk] = targets = await onDuty.FindAsync(connection, step, escalation.Unit, now, cancel);
        var found = targets.Select(t => new PageTarget(t, step.Channels)).ToList();
        if (escalation.AcknowledgedBy is { } silent && targets.All(t => t.Id != silent))
            found.AddRange((await OfficerAsync(connection, silent, escalation.Unit, cancel)).Select(t => new PageTarget(t, step.Channels)));
        return found;
    }

    async Task<IReadOnlyList<Target>> OfficerAsync(NpgsqlConnection connection, Guid account, string unit, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select user_name from accounts where id = $1", connection);
        command.Parameters.Add(Sql.Parameter(account));
        return await command.ExecuteScalarAsync(cancel) is string userName
            ? await OfficerRows.FindAsync(connection, storage, [userName], unit, cancel) : [];
    }
}
