using Hotline.Contracts;
using Hotline.Duty.Channels;
using Hotline.Duty.Escalations;
using Hotline.Handling.Referrals;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Handling.Answering;

/// <summary>The page that somebody answers from.</summary>
/// <param name="Current">False when a person has acted since it was sent.</param>
/// <param name="Newest">False when a later step has been paged: then there is nobody left to pass it to.</param>
/// <param name="Alias">Of the officer to whom it went.</param>
/// <param name="Holder">Alias of who has the referral.</param>
public sealed record AnsweredPage(
    Guid Referral, string Reference, string Urgency, Guid Officer, string Alias, bool ByPerson, int Generation, bool Current, bool Newest, string? Holder)
{
    public required DateTimeOffset ReceivedAt { get; init; }
    public required DateTimeOffset? AcknowledgeBy { get; init; }
}

/// <summary>
/// An answer that comes by a link or a pressed key. Must stay true: it counts for the officer to whom the page went, for
/// this referral and this generation, and for nothing else; the office telephone of a desk names no person, so a key
/// pressed there does not end the pages.
/// </summary>
public sealed class AnswerFromPage(NpgsqlDataSource database, AgencyReferral referrals)
{
    public async Task<KeyPressAnswer> KeyPressedAsync(Guid page, CancellationToken cancel) =>
        await FindAsync(page, cancel) is { } found ? await AcknowledgeAsync(found, AnsweredHow.KeyPress, cancel) : new KeyPressAnswer(false, null);

    /// <returns>Whether this answer counts, and who has it.</returns>
    public async Task<KeyPressAnswer> AcknowledgeAsync(AnsweredPage page, AnsweredHow how, CancellationToken cancel)
    {
        if (!page.ByPerson || !page.Current || await OfficerAsync(page.Officer, cancel) is not { } officer)
            return new KeyPressAnswer(false, page.Holder);
        string? holder = null;
        var refusal = await referrals.AnswerAsync(officer, page.Referral, locked =>
        {
            holder = locked.Holder;
            return locked.Escalation?.Generation != page.Generation ? new Refusal("version.stale") : AcknowledgeReferral.Acknowledge(locked, how);
        }, cancel);
        return refusal is null ? new KeyPressAnswer(true, officer.Alias) : new KeyPressAnswer(false, holder);
    }

    /// <summary>"I am not on duty": the next step is paged now. Once for a page, whoever presses how often.</summary>
    public async Task<bool> PassAsync(AnsweredPage page, CancellationToken cancel)
    {
        if (!page.ByPerson || !page.Current || !page.Newest || await OfficerAsync(page.Officer, cancel) is not { } officer)
            return false;
        return await referrals.AnswerAsync(officer, page.Referral, locked =>
        {
            if (locked.Escalation?.Generation != page.Generation || locked.Escalation.Status != EscalationStatus.Paging)
                return new Refusal("version.stale");
            locked.Escalate(new EscalationEvent.EscalatedNow());
            locked.Log("escalation.hurried");
            return null;
        }, cancel) is null;
    }

    /// <summary>Null where nobody knows the page, or it went out for several referrals at once.</summary>
    public async Task<AnsweredPage?> FindAsync(Guid page, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select e.subject_id, e.reference, e.urgency, p.target_id, p.target, p.target_kind = 'Person', p.generation, p.generation = e.generation and e.status = 'paging',
              not exists (select from page_attempts l where l.escalation_id = p.escalation_id and l.generation = p.generation and (l.loop, l.step) > (p.loop, p.step)),
              r.received_at, r.acknowledge_by, (select alias from accounts a where a.id = r.acknowledged_by)
            from page_attempts p join escalations e on e.id = p.escalation_id join referrals r on r.id = e.subject_id
            where p.id = $1 and e.kind = 'referral'
            """);
        command.Parameters.Add(Sql.Parameter(page));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new AnsweredPage(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetGuid(3), reader.GetString(4), reader.GetBoolean(5), reader.GetInt32(6),
                reader.GetBoolean(7), reader.GetBoolean(8), reader.Maybe<string>(11))
            {
                ReceivedAt = reader.Time(9),
                AcknowledgeBy = reader.IsDBNull(10) ? null : reader.Time(10),
            }
            : null;
    }

    /// <summary>Null where the account has ended since the page was sent.</summary>
    async Task<Caller?> OfficerAsync(Guid account, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select id, user_name, alias, display_name, title, unit, roles from accounts where id = $1 and disabled_at is null and roles && array['dutyOfficer', 'focalPoint']");
        command.Parameters.Add(Sql.Parameter(account));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new Caller(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.Maybe<string>(3), reader.Maybe<string>(4), reader.GetString(5),
                reader.GetFieldValue<string[]>(6).ToHashSet(), Designated: false)
            : null;
    }
}
