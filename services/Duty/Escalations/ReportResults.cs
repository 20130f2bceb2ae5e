using Hotline.Contracts;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Escalations;

/// <summary>
/// Tells the hub what came of pages: one word for each referral and look, with all that has settled since the last.
/// At the hub itself there is nobody to tell, and the results only stand in the list of attempts.
/// </summary>
public sealed class ReportResults(NpgsqlDataSource database, DataKeys keys, Post post, OutboxSignal outbox)
{
    const int BatchSize = 64;

    /// <summary>Most pages of a step settle within a few seconds: they share a message.</summary>
    internal const string DueWhen =
        "exists (select from page_attempts where settled_at is not null and reported_at is null and settled_at <= clock.at - interval '3 seconds')";

    public async Task ReportAsync(CancellationToken cancel)
    {
        // What does not fit waits for the next second: in a flood results are not what counts.
        if (await ReportBatchAsync(cancel) > 0)
            outbox.Raise();
    }

    async Task<int> ReportBatchAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var subjects = await SubjectsAsync(connection, cancel);
        if (subjects.Count == 0)
            return 0;
        var referrals = await LockAsync(connection, subjects, cancel);
        var settled = await TakeAsync(connection, subjects, referrals.Keys, cancel);
        var dataKeys = await keys.GetAsync([.. referrals.Values.Select(r => r.KeyId).Distinct()], cancel);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (subject, pages) in settled)
            if (referrals.TryGetValue(subject, out var referral) && dataKeys.TryGetValue(referral.KeyId, out var key))
                foreach (var command in Word(referral, key, pages))
                    batch.BatchCommands.Add(command);
        if (batch.BatchCommands.Count > 0)
            await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        return subjects.Count;
    }

    /// <param name="Lost">No page of the step that leaves the house got through.</param>
    sealed record Settled(int Step, PageShown Page, DateTimeOffset At, bool Lost);

    List<NpgsqlBatchCommand> Word(ReferralRow referral, Sealing.DataKey key, List<Settled> pages)
    {
        var commands = new List<NpgsqlBatchCommand>();
        var at = pages.Max(p => p.At);
        var (jti, _) = post.Write(referral, key, Kinds.EscalationAdvanced, new EscalationAdvanced(
            referral.State, null, at, pages.Max(p => p.Step) + 1, null, null,
            pages.Exists(p => p.Lost) ? EscalationResults.Undelivered : EscalationResults.Results)
        { Pages = [.. pages.Select(p => p.Page)] }, at, commands);
        commands.Add(referral.History(Kinds.EscalationAdvanced, "system", at, jti));
        commands.Add(referral.SaveSent(visible: false));
        return commands;
    }

    static async Task<List<Guid>> SubjectsAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select distinct e.subject_id from page_attempts p join escalations e on e.id = p.escalation_id
            where p.settled_at is not null and p.reported_at is null limit $1
            """, connection);
        command.Parameters.Add(Sql.Parameter(BatchSize));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<Guid>();
        while (await reader.ReadAsync(cancel))
            found.Add(reader.GetGuid(0));
        return found;
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

    /// <summary>Those of referrals that this transaction holds, and those of watch items, about which nobody is told.</summary>
    static async Task<Dictionary<Guid, List<Settled>>> TakeAsync(
        NpgsqlConnection connection, List<Guid> subjects, IEnumerable<Guid> held, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            update page_attempts p set reported_at = hotline_now() from escalations e
            where e.id = p.escalation_id and e.subject_id = any($1) and (e.kind = 'watch' or e.subject_id = any($2))
              and p.settled_at is not null and p.reported_at is null
            returning e.subject_id, p.step, p.target, p.channel, p.state, p.reason, p.settled_at,
              p.channel <> 'console' and p.reason is distinct from 'superseded' and not exists (
                select from page_attempts o where o.escalation_id = p.escalation_id and o.generation = p.generation and o.loop = p.loop and o.step = p.step
                  and o.channel <> 'console' and o.state not in ('failed', 'not-sent'))
            """, connection);
        command.Parameters.Add(Sql.Parameter(subjects.ToArray()));
        command.Parameters.Add(Sql.Parameter(held.ToArray()));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var taken = new Dictionary<Guid, List<Settled>>();
        while (await reader.ReadAsync(cancel))
        {
            var subject = reader.GetGuid(0);
            if (!taken.TryGetValue(subject, out var pages))
                taken[subject] = pages = [];
            pages.Add(new Settled(
                reader.GetInt32(1), new PageShown(reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.Maybe<string>(5)), reader.Time(6), reader.GetBoolean(7)));
        }
        return taken;
    }
}
