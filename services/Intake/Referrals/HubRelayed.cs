using Hotline.Contracts;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Referrals;

/// <summary>The broker confirmed: the referrals of a batch are <c>sent</c>. In the relay's own transaction, rows locked in order of id.</summary>
public static class HubRelayed
{
    public static WhenRelayed Write { get; } = new(Sent);

    static IEnumerable<NpgsqlBatchCommand> Sent(IReadOnlyList<Relayed> relayed, DateTimeOffset now)
    {
        var referrals = relayed.Where(r => r.Kind == Kinds.ReferralSent).Select(r => r.Referral!.Value).Distinct().ToArray();
        if (referrals.Length == 0)
            yield break;
        // A receipt that was quicker has moved the referral on: it stays there.
        yield return Sql.Command(
            """
            with queued as (select id from referrals where id = any($1) and sent_at is null order by id for update),
            sent as (
              update referrals r set sent_at = $2, version = version + 1, state = case when state = 'queued' then 'sent' else state end
              from queued where r.id = queued.id returning r.id, r.state, r.key_id, r.class),
            logged as (
              insert into referral_history (referral_id, at, event, actor, state) select id, $2, 'referral.sent', 'intake', state from sent where class <> 'probe' returning id, referral_id)
            insert into audit.records (at, leaf, history_id)
            select $2, json_build_object('kind', 'referral.sent', 'actor', 'intake', 'referral', sent.id, 'key', sent.key_id)::text, logged.id
            from logged join sent on sent.id = logged.referral_id
            """,
            referrals, now);
    }
}
