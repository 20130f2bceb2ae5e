using Hotline.Duty.Escalations;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Channels;

/// <summary>
/// Notes what came of pages. Must stay true: a state only goes forward, so that a delivery report that overtakes the
/// provider's answer is not forgotten; each outcome is in the audit record of the same transaction.
/// </summary>
public sealed class PageResults(NpgsqlDataSource database, DatabaseClock clock)
{
    /// <summary>What the sender knows of pages that it holds.</summary>
    public async Task NoteAsync(IReadOnlyList<DuePage> pages, SendOutcome outcome, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in Settle(pages, outcome, now))
            batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancel);
    }

    internal static IEnumerable<NpgsqlBatchCommand> Settle(IReadOnlyList<DuePage> pages, SendOutcome outcome, DateTimeOffset now)
    {
        DateTimeOffset? reportBy = now + outcome.ReportWithin;
        yield return Sql.Command(
            """
            update page_attempts set state = $2, reason = $3, gateway = coalesce($4, gateway), due_at = $5, settled_at = case when $5::timestamptz is null then $6::timestamptz end
            where id = any($1) and settled_at is null and (state in ('pending', 'sending') or $2 in ('failed', 'not-sent'))
            """,
            pages.Select(p => p.Id).ToArray(), outcome.State, outcome.Reason, outcome.Gateway, reportBy, now);
        foreach (var page in pages)
            yield return Record(KindOf(outcome.State), page.Subject, $"{page.Reference} {page.Target} {page.Channel} {outcome.Reason ?? outcome.State}", now);
    }

    /// <summary>What a provider says afterwards, of one page or of all in a bundle.</summary>
    /// <returns>False where nobody knows the page.</returns>
    public async Task<bool> ReportedAsync(string gateway, Guid key, string state, string? reason, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var command = database.CreateCommand(
            """
            with known as (
              select p.id, e.subject_id, e.reference from page_attempts p join escalations e on e.id = p.escalation_id
              where (p.id = $1 and p.bundle_id is null or p.bundle_id = $1) and p.channel in ('sms', 'voice')),
            changed as (
              update page_attempts p set state = $2, reason = $3, gateway = $4, due_at = null, settled_at = $5
              from known k where p.id = k.id and p.state <> 'answered' and (p.state <> 'delivered' or $2 = 'answered')
                and not (p.state = 'not-sent')
              returning k.subject_id, k.reference, p.target, p.channel),
            logged as (
              insert into audit.records (at, leaf)
              select $5, json_build_object('kind', 'page.' || $2, 'at', $5, 'actor', 'system', 'referral', subject_id,
                'code', concat_ws(' ', reference, target, channel, $3))::text from changed)
            select count(*) from known
            """);
        command.Parameters.Add(Sql.Parameter(key));
        command.Parameters.Add(Sql.Parameter(state));
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)reason ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(Sql.Parameter(gateway));
        command.Parameters.Add(Sql.Parameter(now));
        return await command.ExecuteScalarAsync(cancel) is > 0L;
    }

    /// <summary>An open console has shown the page.</summary>
    public async Task ShownAsync(Guid page, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            update page_attempts set state = 'delivered', due_at = null, settled_at = hotline_now()
            where id = $1 and channel = 'console' and state in ('pending', 'sending', 'accepted-by-provider')
            """);
        command.Parameters.Add(Sql.Parameter(page));
        await command.ExecuteNonQueryAsync(cancel);
    }

    static NpgsqlBatchCommand Record(string kind, Guid subject, string code, DateTimeOffset now) =>
        new AuditRecord { Kind = kind, At = now, Actor = "system", Referral = subject, Code = code }.Insert();

    static string KindOf(string state) => state switch
    {
        AttemptStates.Failed => "page.failed",
        AttemptStates.NotSent => "page.not-sent",
        _ => "page.sent",
    };
}
