using Hotline.Duty.Channels;
using Hotline.Duty.Escalations;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Watch;

/// <summary>Something late, as it is to be raised.</summary>
public sealed record Lateness(string Code, string Agency, Guid? Referral, string Reference, string Urgency, string Class, string Unit);

/// <summary>
/// Raises and clears the items of the watch. Must stay true: an item that nobody takes has a time at which the shift
/// supervisor is paged; one that is cleared or taken wakes nobody.
/// </summary>
public static class WatchItems
{
    /// <summary>An unattended screen wakes nobody: after this long the shift supervisor is paged.</summary>
    public static TimeSpan UntakenFor(string urgency) => urgency == "P0" ? TimeSpan.FromSeconds(60) : TimeSpan.FromMinutes(5);

    /// <returns>The new item's event for consoles; null where it was raised before.</returns>
    public static async Task<ConsoleEvent?> RaiseAsync(NpgsqlConnection connection, Lateness late, DateTimeOffset now, CancellationToken cancel)
    {
        var id = Guid.CreateVersion7(now);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            """
            insert into watch_items (id, code, agency, referral_id, reference, urgency, class, unit, raised_at, page_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict (code, agency, coalesce(referral_id, '00000000-0000-0000-0000-000000000000')) where cleared_at is null do nothing
            """,
            id, late.Code, late.Agency, late.Referral, late.Reference, late.Urgency, late.Class, late.Unit, now, now + UntakenFor(late.Urgency)));
        if (await batch.ExecuteNonQueryAsync(cancel) == 0)
            return null;
        await RecordAsync(connection, "watch.raised", "system", late.Referral, $"{late.Code} {late.Agency}", now, cancel);
        return new ConsoleEvent("watch.raised", id) { Reference = late.Reference, Urgency = late.Urgency };
    }

    /// <summary>Clears what is not late any more: of a referral, or of an agency as a whole.</summary>
    /// <param name="still">Codes that are still late.</param>
    public static async Task ClearAsync(
        NpgsqlConnection connection, Guid? referral, string agency, IReadOnlyCollection<string> still, DateTimeOffset now, CancellationToken cancel)
    {
        var cleared = new List<(Guid Id, string Code)>();
        await using (var command = new NpgsqlCommand(
            """
            update watch_items set cleared_at = $4, page_at = null, version = version + 1
            where referral_id is not distinct from $1 and agency = $2 and cleared_at is null and not (code = any($3)) returning id, code
            """, connection))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)referral ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid });
            command.Parameters.Add(Sql.Parameter(agency));
            command.Parameters.Add(Sql.Parameter(still.ToArray()));
            command.Parameters.Add(Sql.Parameter(now));
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
                cleared.Add((reader.GetGuid(0), reader.GetString(1)));
        }
        foreach (var (id, code) in cleared)
        {
            await EscalationChange.ApplyAsync(connection, id, new EscalationEvent.Ended(), now, cancel);
            await RecordAsync(connection, "watch.cleared", "system", referral, $"{code} {agency}", now, cancel);
        }
    }

    /// <summary>Those that nobody took in time: pages start, by the hub's own roster.</summary>
    public static async Task<int> PageUntakenAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancel)
    {
        var untaken = new List<(Guid Id, string Reference, string Class, string Urgency)>();
        await using (var command = new NpgsqlCommand(
            "update watch_items set page_at = null where id in (select id from watch_items where page_at <= $1 for update skip locked) returning id, reference, class, urgency", connection))
        {
            command.Parameters.Add(Sql.Parameter(now));
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
                untaken.Add((reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        }
        if (untaken.Count == 0)
            return 0;
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (id, reference, @class, urgency) in untaken)
            batch.BatchCommands.Add(Escalation.Start(Escalation.Watch, id, reference, @class, urgency, "central", null, now));
        await batch.ExecuteNonQueryAsync(cancel);
        return untaken.Count;
    }

    internal static async Task RecordAsync(
        NpgsqlConnection connection, string kind, string actor, Guid? referral, string code, DateTimeOffset now, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new AuditRecord { Kind = kind, At = now, Actor = actor, Referral = referral, Code = code }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
    }
}
