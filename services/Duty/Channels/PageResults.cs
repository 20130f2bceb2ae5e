using Hotline.Duty.Escalations;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Channels;

/// <summary>
/// Notes what came of pages. Must stay true: a state only goes forward, so that a delivery report that overtakes the
/// provider's answer is not forgotten; each outcome is in the audit record of the same transaction; rows are locked in the
/// order of their ids, escalations before pages, so that the outcome of a bundle and a report on it never wait for each other.
/// </summary>
public sealed class PageResults(NpgsqlDataSource database, DatabaseClock clock)
{
    static readonly TimeSpan ToldAgainAfter = TimeSpan.FromSeconds(3);

    /// <summary>What the sender knows of pages that it holds, in one transaction.</summary>
    public async Task NoteAsync(IReadOnlyList<(DuePage Page, SendOutcome Outcome)> outcomes, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in Settle(outcomes, now))
            batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>A statement for all pages, and an audit record for each referral and outcome.</summary>
    internal static List<NpgsqlBatchCommand> Settle(IReadOnlyList<(DuePage Page, SendOutcome Outcome)> outcomes, DateTimeOffset now)
    {
        var commands = outcomes.Select(o => Rows.Of(
            """
            update page_attempts p set state = s.state, reason = s.reason, gateway = coalesce(s.gateway, p.gateway), due_at = s.due_at,
              settled_at = case when s.due_at is null then s.at end
            from (
              select n.* from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[]) as n(id, state, reason, gateway, due_at, at)
              join page_attempts a on a.id = n.id order by a.id for update of a) s
            where p.id = s.id and p.settled_at is null and (p.state in ('pending', 'sending') or s.state in ('failed', 'not-sent'))
            """,
            o.Page.Id, o.Outcome.State, o.Outcome.Reason, o.Outcome.Gateway, now + o.Outcome.ReportWithin, now)).ToList();
        foreach (var same in outcomes.GroupBy(o => (Kind: KindOf(o.Outcome.State), o.Page.Subject, o.Page.Reference)))
            commands.Add(Record(same.Key.Kind, same.Key.Subject, same.Key.Reference, same.Select(o => (o.Page.Target, o.Page.Channel, o.Outcome)), now));
        return Rows.Stack(commands);
    }

    /// <summary>The audit record of pages that were known not to leave when they were ordered.</summary>
    internal static NpgsqlBatchCommand NotSent(Escalation escalation, IEnumerable<(string Target, string Channel, SendOutcome Outcome)> pages, DateTimeOffset now) =>
        Record(KindOf(AttemptStates.NotSent), escalation.Subject, escalation.Reference, pages, now);

    static NpgsqlBatchCommand Record(
        string kind, Guid subject, string reference, IEnumerable<(string Target, string Channel, SendOutcome Outcome)> pages, DateTimeOffset now) => new AuditRecord
        {
            Kind = kind,
            At = now,
            Actor = "system",
            Referral = subject,
            Code = $"{reference} {string.Join(", ", pages.Select(p => $"{p.Target} {p.Channel} {p.Outcome.Reason ?? p.Outcome.State}"))}",
        }.Insert();

    /// <summary>What a provider says afterwards, of one page or of all in a bundle.</summary>
    /// <returns>False where nobody knows the page.</returns>
    public async Task<bool> ReportedAsync(string gateway, Guid key, string state, string? reason, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var batch = database.CreateBatch();
        // Of a page that was told as settled there is news: it is told again. The escalation's row is locked before the page's.
        batch.BatchCommands.Add(Sql.Command(
            """
            update escalations e set report_due_at = $2 from (
              select id from escalations where kind = 'referral' and (report_due_at is null or report_due_at > $2) and id in (
                select escalation_id from page_attempts where (id = $1 and bundle_id is null or bundle_id = $1) and settled_at is not null)
              order by id for update) o
            where e.id = o.id
            """,
            key, now + ToldAgainAfter));
        var command = new NpgsqlBatchCommand(
            """
            with known as (
              select p.id, e.subject_id, e.reference from page_attempts p join escalations e on e.id = p.escalation_id
              where (p.id = $1 and p.bundle_id is null or p.bundle_id = $1) and p.channel in ('sms', 'voice')
              order by p.id for update of p),
            changed as (
              update page_attempts p set state = $2, reason = $3, gateway = $4, due_at = null, settled_at = $5, reported_at = null
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
        batch.BatchCommands.Add(command);
        return await batch.ExecuteScalarAsync(cancel) is > 0L;
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

    static string KindOf(string state) => state switch
    {
        AttemptStates.Failed => "page.failed",
        AttemptStates.NotSent => "page.not-sent",
        _ => "page.sent",
    };
}
