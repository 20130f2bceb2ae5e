using Hotline.Contracts;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Escalations;

/// <summary>
/// Tells the hub who was paged and what came of it: one word for each referral and look, with all that it does not know.
/// Must stay true: as long as a page is not settled and told, its escalation has a time for the next word; otherwise the
/// hub never hears of it. At the hub itself there is nobody to tell. Lock order: referral, escalation, page, outbox.
/// </summary>
public sealed class ReportResults(NpgsqlDataSource database, DataKeys keys, Post post, OutboxSignal outbox, InboxRush rush)
{
    /// <summary>Somebody is to be told.</summary>
    public const string DueWhen = "exists (select from escalations where report_due_at <= clock.at)";

    const int BatchSize = 128;

    /// <summary>What does not fit waits for the next second: in a flood, results are not what counts.</summary>
    const int MostBatches = 2;

    /// <summary>
    /// Where referrals come in crowds, words of pages that are no P0's let them go first for so long (decision record 90).
    /// The hub's clock of a first page is two minutes and more for these.
    /// </summary>
    static readonly TimeSpan Yields = TimeSpan.FromSeconds(20);

    public async Task ReportAsync(CancellationToken cancel)
    {
        var told = BatchSize;
        for (var batch = 0; batch < MostBatches && told == BatchSize; batch++)
        {
            told = await ReportBatchAsync(cancel);
            if (told > 0)
                outbox.Raise();
        }
    }

    /// <param name="Open">When the first of its pages that are not settled is due.</param>
    sealed record Reported(Guid Id, Guid Subject, string Urgency, bool Announce, DateTimeOffset? Open, List<Shown> Pages);

    /// <param name="Newest">Of the step that was paged last.</param>
    /// <param name="Lost">No page of the step that leaves the house got through (<see cref="EscalationResults.Undelivered"/>).</param>
    sealed record Shown(Guid Id, int Step, PageShown Page, DateTimeOffset CreatedAt, DateTimeOffset? SettledAt, bool Newest, bool Lost);

    async Task<int> ReportBatchAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var (now, subjects) = await DueAsync(connection, cancel);
        if (subjects.Count == 0)
            return 0;
        var referrals = await LockAsync(connection, subjects, cancel);
        var due = await ReadAsync(connection, referrals.Keys, now, cancel);
        var told = due.Select(d => (Escalation: d, Pages: d.Pages.Where(p => p.SettledAt is not null || (d.Announce && p.Newest)).ToList())).ToList();
        var dataKeys = await keys.GetAsync([.. told.Where(t => t.Pages.Count > 0).Select(t => referrals[t.Escalation.Subject].KeyId).Distinct()], cancel);
        var commands = new List<NpgsqlBatchCommand>();
        foreach (var (escalation, pages) in told)
        {
            // Without its key the referral was shredded: there is nobody to tell.
            if (pages.Count > 0 && referrals[escalation.Subject] is var referral && dataKeys.TryGetValue(referral.KeyId, out var key))
                commands.AddRange(Word(referral, key, escalation.Announce, pages, now));
            commands.AddRange(pages.Where(p => p.SettledAt is not null).Select(p => Rows.Of(
                """
                update page_attempts p set reported_at = r.at from (
                  select n.* from unnest($1::uuid[], $2::timestamptz[]) as n(id, at) join page_attempts a on a.id = n.id order by a.id for update of a) r
                where p.id = r.id
                """, p.Id, now)));
            commands.Add(Rows.Of(
                "update escalations e set report_due_at = r.due_at, announce = false from unnest($1::uuid[], $2::timestamptz[]) as r(id, due_at) where e.id = r.id",
                escalation.Id, NextLook(escalation, now)));
        }
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in Rows.Stack(commands))
            batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(Sql.Commit());
        await batch.ExecuteNonQueryAsync(cancel);
        return subjects.Count;
    }

    /// <summary>As long as a provider may still say something, again soon; for what waits until an office opens, then.</summary>
    static DateTimeOffset? NextLook(Reported escalation, DateTimeOffset now)
    {
        var soon = now + TimeSpan.FromSeconds(escalation.Urgency == "P0" ? 5 : 15);
        return escalation.Open is not { } open ? null : open > now + TimeSpan.FromSeconds(90) ? open + TimeSpan.FromSeconds(5) : soon;
    }

    List<NpgsqlBatchCommand> Word(ReferralRow referral, Sealing.DataKey key, bool announce, List<Shown> pages, DateTimeOffset now)
    {
        var commands = new List<NpgsqlBatchCommand>();
        var at = announce ? pages.Min(p => p.CreatedAt) : pages.Max(p => p.SettledAt)!.Value;
        var result = pages.Exists(p => p.Lost) ? EscalationResults.Undelivered : announce ? EscalationResults.Paging : EscalationResults.Results;
        var (jti, _) = post.Write(referral, key, Kinds.EscalationAdvanced, new EscalationAdvanced(
            referral.State, null, at, pages.Max(p => p.Step) + 1, null, null, result)
        { Pages = [.. pages.Select(p => p.Page)] }, now, commands);
        commands.Add(referral.History(Kinds.EscalationAdvanced, "system", at, jti));
        commands.Add(referral.SaveSent(visible: false));
        return commands;
    }

    async Task<(DateTimeOffset Now, List<Guid> Subjects)> DueAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            with clock as materialized (select hotline_now() as at)
            select (select at from clock), subject_id from escalations
            where report_due_at <= (select at from clock) and (urgency = 'P0' or report_due_at <= (select at from clock) - $2)
            order by report_due_at limit $1
            """, connection);
        command.Parameters.Add(Sql.Parameter(BatchSize));
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = rush.IsOn ? Yields : TimeSpan.Zero });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var (now, found) = (DateTimeOffset.MinValue, new List<Guid>());
        while (await reader.ReadAsync(cancel))
        {
            now = reader.Time(0);
            found.Add(reader.GetGuid(1));
        }
        return (now, found);
    }

    static async Task<Dictionary<Guid, ReferralRow>> LockAsync(NpgsqlConnection connection, List<Guid> subjects, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            $"select {ReferralRow.Columns} from referrals where id = any($1) order by id for update skip locked", connection);
        command.Parameters.Add(Sql.Parameter(subjects.ToArray()));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var locked = new Dictionary<Guid, ReferralRow>();
        while (await reader.ReadAsync(cancel))
            if (ReferralRow.Read(reader) is var row)
                locked[row.Id] = row;
        return locked;
    }

    /// <summary>The escalations, locked, with their pages that were not told as settled.</summary>
    static async Task<List<Reported>> ReadAsync(NpgsqlConnection connection, IEnumerable<Guid> referrals, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            with held as materialized (
              select id, subject_id, urgency, announce from escalations where subject_id = any($1) and report_due_at <= $2 order by id for update skip locked)
            select h.id, h.subject_id, h.urgency, h.announce, p.id, p.step, p.target, p.channel, p.state, p.reason, p.created_at, p.settled_at, p.due_at,
              p.created_at = max(p.created_at) over (partition by h.id),
              p.settled_at is not null and p.channel <> 'console' and p.reason is distinct from 'superseded' and not exists (
                select from page_attempts o where (o.escalation_id, o.generation, o.loop, o.step) = (p.escalation_id, p.generation, p.loop, p.step)
                  and o.channel <> 'console' and o.state not in ('failed', 'not-sent')
                  -- Where a telephone should have rung and did not, a mail server that took a letter reaches nobody at night.
                  and (o.channel <> 'email' or not exists (
                    select from page_attempts r where (r.escalation_id, r.generation, r.loop, r.step) = (p.escalation_id, p.generation, p.loop, p.step)
                      and r.channel in ('sms', 'voice') and r.state in ('failed', 'not-sent') and r.reason is distinct from 'superseded')))
            from held h left join page_attempts p on p.escalation_id = h.id and p.reported_at is null order by h.id, p.id
            """, connection);
        command.Parameters.Add(Sql.Parameter(referrals.ToArray()));
        command.Parameters.Add(Sql.Parameter(now));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        var read = new List<Reported>();
        while (await reader.ReadAsync(cancel))
        {
            if (read.Count == 0 || read[^1].Id != reader.GetGuid(0))
                read.Add(new Reported(reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetBoolean(3), null, []));
            if (reader.IsDBNull(4))
                continue;
            if (Time(11) is null && Time(12) is { } open)
                read[^1] = read[^1] with { Open = read[^1].Open is { } earlier && earlier < open ? earlier : open };
            read[^1].Pages.Add(new Shown(
                reader.GetGuid(4), reader.GetInt32(5), new PageShown(reader.GetString(6), reader.GetString(7), reader.GetString(8), reader.Maybe<string>(9)),
                reader.Time(10), Time(11), reader.GetBoolean(13), reader.GetBoolean(14)));
        }
        return read;
    }
}
