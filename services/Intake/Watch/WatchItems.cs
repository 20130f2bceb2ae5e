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
    /// <summary>The list as a whole, where open pages are told what has changed.</summary>
    public static Guid Topic { get; } = new("0c0ffee0-0000-7000-8000-000000000001");

    /// <summary>An unattended screen wakes nobody: after this long the shift supervisor is paged.</summary>
    public static TimeSpan UntakenFor(string urgency) => urgency == "P0" ? TimeSpan.FromSeconds(60) : TimeSpan.FromMinutes(5);

    /// <returns>An event for consoles for each that was not raised before.</returns>
    public static async Task<List<ConsoleEvent>> RaiseAsync(NpgsqlConnection connection, IReadOnlyList<Lateness> late, DateTimeOffset now, CancellationToken cancel)
    {
        if (late.Count == 0)
            return [];
        await using var batch = new NpgsqlBatch(connection);
        foreach (var insert in Rows.Stack([.. late.Select(one => Insert(one, now))]))
            batch.BatchCommands.Add(insert);
        var raised = new List<ConsoleEvent>();
        var records = new List<NpgsqlBatchCommand>();
        await using (var reader = await batch.ExecuteReaderAsync(cancel))
            while (await reader.ReadAsync(cancel))
            {
                raised.Add(new ConsoleEvent("watch.raised", reader.GetGuid(0)) { Reference = reader.GetString(1), Urgency = reader.GetString(2) });
                records.Add(Record("watch.raised", "system", reader.Maybe<Guid?>(3), $"{reader.GetString(4)} {reader.GetString(5)}", now));
            }
        await WriteAsync(connection, records, cancel);
        return raised;
    }

    static NpgsqlBatchCommand Insert(Lateness late, DateTimeOffset now) => Rows.Of(
        """
        insert into watch_items (id, code, agency, referral_id, reference, urgency, class, unit, raised_at, page_at)
        select id, code, agency, referral_id, reference, urgency, class, unit, raised_at, page_at
        from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[])
          as n(id, code, agency, referral_id, reference, urgency, class, unit, raised_at, page_at)
        on conflict (code, agency, coalesce(referral_id, '00000000-0000-0000-0000-000000000000')) where cleared_at is null do nothing
        returning id, reference, urgency, referral_id, code, agency
        """,
        Guid.CreateVersion7(now), late.Code, late.Agency, late.Referral, late.Reference, late.Urgency, late.Class, late.Unit, now, now + UntakenFor(late.Urgency));

    /// <summary>Clears what is not late any more, and what has become more urgent: that is raised anew, and taken anew.</summary>
    /// <param name="referrals">Those that were looked at; null = the agencies as a whole, all of them.</param>
    /// <param name="still">What is late of them now.</param>
    /// <returns>How many.</returns>
    public static async Task<int> ClearAsync(
        NpgsqlConnection connection, IReadOnlyList<Guid>? referrals, IReadOnlyList<Lateness> still, DateTimeOffset now, CancellationToken cancel)
    {
        var cleared = new List<(Guid Id, Guid? Referral, string Code)>();
        await using (var command = new NpgsqlCommand(
            $"""
            update watch_items w set cleared_at = $1, page_at = null, version = version + 1
            where w.cleared_at is null and {(referrals is null ? "w.referral_id is null" : "w.referral_id = any($5)")} and not exists (
              select from unnest($2, $3, $4) as s(code, subject, urgency)
              where s.code = w.code and s.subject = coalesce(w.referral_id::text, w.agency) and s.urgency >= w.urgency)
            returning id, referral_id, code, agency
            """, connection))
        {
            command.Parameters.Add(Sql.Parameter(now));
            command.Parameters.Add(Sql.Parameter(still.Select(s => s.Code).ToArray()));
            command.Parameters.Add(Sql.Parameter(still.Select(s => s.Referral?.ToString() ?? s.Agency).ToArray()));
            command.Parameters.Add(Sql.Parameter(still.Select(s => s.Urgency).ToArray()));
            if (referrals is not null)
                command.Parameters.Add(Sql.Parameter(referrals.ToArray()));
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
                cleared.Add((reader.GetGuid(0), reader.Maybe<Guid?>(1), $"{reader.GetString(2)} {reader.GetString(3)}"));
        }
        foreach (var (id, _, _) in cleared)
            await EscalationChange.ApplyAsync(connection, id, new EscalationEvent.Ended(), now, cancel);
        await WriteAsync(connection, [.. cleared.Select(c => Record("watch.cleared", "system", c.Referral, c.Code, now))], cancel);
        return cleared.Count;
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
        await WriteAsync(connection, [.. untaken.Select(u => Escalation.Start(Escalation.Watch, u.Id, u.Reference, u.Class, u.Urgency, "central", null, now))], cancel);
        return untaken.Count;
    }

    internal static Task RecordAsync(
        NpgsqlConnection connection, string kind, string actor, Guid? referral, string code, DateTimeOffset now, CancellationToken cancel) =>
        WriteAsync(connection, [Record(kind, actor, referral, code, now)], cancel);

    static NpgsqlBatchCommand Record(string kind, string actor, Guid? referral, string code, DateTimeOffset now) =>
        new AuditRecord { Kind = kind, At = now, Actor = actor, Referral = referral, Code = code }.Insert();

    static async Task WriteAsync(NpgsqlConnection connection, List<NpgsqlBatchCommand> commands, CancellationToken cancel)
    {
        if (commands.Count == 0)
            return;
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in Rows.Stack(commands))
            batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancel);
    }
}
