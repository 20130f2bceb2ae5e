using Hotline.Contracts;
using Hotline.Duty.Escalations;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Intake.Probes;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Referrals;

/// <summary>
/// What the hub does with an agency's messages. Must stay true: the state shown is that of the agency's message with
/// the highest (epoch, seq), whatever the order of arrival; a lower one that comes late only fills the history.
/// </summary>
public sealed class HubParty : IReferralParty
{
    /// <summary>An answer that stands, unless somebody was asked anew after it was given; where something is late, the watch looks.</summary>
    const string Answered = "answered_at = greatest(answered_at, $2), watch_due_at = case when watch_late then hotline_now() else watch_due_at end";

    public string? Receive(Received message, Effects effects)
    {
        if (effects.Row is null)
            RecoverReferral(message, effects);
        var actor = message.Body is IAgencyReport { By.Alias: { } alias } ? $"{message.Sender}/{alias}" : message.Sender;
        var at = message.Body is IAgencyReport report ? report.At : message.Body is NoteAdded note ? note.At : effects.Now;

        if (message.Body is EscalationAdvanced)
            // Somebody was paged: that makes no press of an operator stale.
            effects.ChangeUnseen(row => Take(row, message, effects));
        else if (message.Body is IAgencyReport)
            effects.Change(row => Take(row, message, effects));
        switch (message.Kind)
        {
            case Kinds.ReferralAcknowledged or Kinds.ReferralAccepted:
                Mark(effects, $"acknowledged_at = coalesce(acknowledged_at, $2), {Answered}", at);
                break;
            case Kinds.ProgressNoted when message.Body is IAgencyReport { By: not null }:
                Mark(effects, Answered, at);
                break;
            case Kinds.ReferralHandedBack:
                Mark(effects, "asked_anew_at = greatest(asked_anew_at, $2), watch_due_at = hotline_now()", at);
                break;
            case Kinds.ConsentWithdrawalConfirmed:
                Mark(effects, "consent_confirmed_at = $2", at);
                break;
            case Kinds.RevocationRefused:
                Mark(effects, "revocation_refused_at = $2", at);
                // It was withdrawn as never sent, and the agency works on it: what was withdrawn with it is sent after all.
                effects.Write(Sql.Command(
                    "update sent_messages set withdrawn_at = null, next_send_at = $2 where referral_id = $1 and withdrawn_at is not null", message.Referral, effects.Now));
                break;
            case Kinds.EscalationAdvanced when effects.Row!.Class == MessageClass.Probe:
                effects.Write(ProbeRounds.Answered(message.Sender, message.Referral, effects.Now));
                break;
            case Kinds.EscalationAdvanced:
                Paged((EscalationAdvanced)message.Body, effects, at);
                break;
        }
        // Probes are counted once a day.
        if (effects.Row!.Class != MessageClass.Probe)
            effects.History(message.Kind, actor, at, message.Payload.Jti, message.Record(message.Kind, effects.Now, actor));
        return null;
    }

    /// <summary>What the watch must know of the agency's pages; of several words in one batch the last one that says something counts.</summary>
    static void Paged(EscalationAdvanced advanced, Effects effects, DateTimeOffset at)
    {
        var paged = advanced.Result == EscalationResults.Paging || advanced.Pages is { Count: > 0 };
        var (nobody, somebody) = (EscalationResults.SayNobodyIsReached(advanced), EscalationResults.SaySomebodyIsReached(advanced));
        if (!paged && !nobody && !somebody)
            return;
        // Pages go out after an answer: whoever gave it fell silent.
        var again = advanced.Result is EscalationResults.Paging or EscalationResults.NobodyReached;
        effects.Write(Rows.Of(
            """
            update referrals r set first_paged_at = coalesce(r.first_paged_at, p.paged_at),
              unreachable_at = case when p.nobody then coalesce(r.unreachable_at, p.at) when p.somebody then null else r.unreachable_at end,
              asked_anew_at = case when p.again_at > r.answered_at and r.unanswered_since is null then p.again_at else r.asked_anew_at end,
              watch_due_at = case when p.nobody or (p.somebody and r.unreachable_at is not null) or (p.again_at > r.answered_at and r.unanswered_since is null)
                then p.now else r.watch_due_at end
            from (
              select id, max(at) as at, max(now) as now, min(at) filter (where paged) as paged_at, max(at) filter (where again) as again_at,
                coalesce(max(n) filter (where nobody), 0) > coalesce(max(n) filter (where somebody), 0) as nobody,
                coalesce(max(n) filter (where somebody), 0) > coalesce(max(n) filter (where nobody), 0) as somebody
              from unnest($1::uuid[], $2::timestamptz[], $3::boolean[], $4::boolean[], $5::boolean[], $6::timestamptz[], $7::boolean[])
                with ordinality as w(id, at, paged, nobody, somebody, now, again, n) group by id) p
            where r.id = p.id and (p.nobody or (p.somebody and r.unreachable_at is not null) or (p.paged_at is not null and r.first_paged_at is null)
              or (p.again_at > r.answered_at and r.unanswered_since is null))
            """,
            effects.Row!.Id, at, paged, nobody, somebody && !nobody, effects.Now, again));
    }

    static void Take(Hosting.Referrals.ReferralRow row, Received message, Effects effects)
    {
        if (!row.IsNewer(message.Epoch, message.Seq))
            return;
        var state = ((IAgencyReport)message.Body).State;
        // Shown as over here and open there, after a restore or a withdrawal that came too late: the case may have
        // another open referral by now, and both are true.
        if (row.State.IsFinal() && !state.IsFinal())
            effects.Write(Sql.Command("update referrals set reopened = true, watch_due_at = $2 where id = $1", row.Id, effects.Now));
        row.State = state;
        (row.PeerEpoch, row.PeerSeq) = (message.Epoch, message.Seq);
    }

    public void Delivered(string kind, Received receipt, Effects effects)
    {
        var row = effects.Row!;
        if (kind != Kinds.ReferralSent)
            return;
        // A later message of the agency may have come before the receipt: then its state stands.
        if (row.PeerSeq == 0 && ReferralMoves.Decide(row.State, ReferralCommand.Deliver, effects.Now) is Decision.Moved moved)
            row.State = moved.To;
        row.Version++;
        effects.Write(Rows.Of(
            """
            update referrals r set delivered_at = coalesce(r.delivered_at, d.at), state = d.state, version = d.version
            from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[]) as d(id, at, state, version) where r.id = d.id
            """,
            row.Id, effects.Now, row.State.ToText(), row.Version));
        if (row.Class == MessageClass.Probe)
            return;
        effects.History("referral.delivered", row.Peer, effects.Now, null, new AuditRecord
        {
            Kind = "referral.delivered",
            At = effects.Now,
            Actor = row.Peer,
            Receipt = Digest.Text(Digest.Of(receipt.Jws)),
        });
    }

    public string? Recover(Received receipt, Effects effects)
    {
        RecoverReferral(receipt, effects);
        return null;
    }

    public NpgsqlBatchCommand? Beat(string sender, DateTimeOffset now) =>
        Sql.Command("update agencies set last_heartbeat_at = $2 where name = $1", sender, now);

    /// <summary>
    /// An agency answers for a referral that this database does not have: it was restored from before the referral.
    /// The coded row comes back, so that the work is seen; its file is at the agency.
    /// </summary>
    static void RecoverReferral(Received message, Effects effects)
    {
        var row = new Hosting.Referrals.ReferralRow
        {
            Id = message.Payload.Referral!.Value,
            KeyId = effects.Key.Id,
            Peer = message.Sender,
            Class = message.Payload.Class,
            State = ReferralState.Delivered,
            Version = 1,
            SentEpoch = 0,
            SentSeq = 0,
            PeerEpoch = 0,
            PeerSeq = 0,
            FileVersion = 0,
        };
        effects.Create(row, Sql.Command(
            """
            insert into referrals (id, reference, peer, class, urgency, desk, key_id, state, file_version, sent_epoch, created_by, created_at)
            values ($1, $2, $3, $4, 'P1', 'central', $5, 'delivered', 0, 0, $6, $7)
            """,
            row.Id, $"CT-RECOVERED-{row.Id:N}", row.Peer, row.Class, row.KeyId, Guid.Empty, effects.Now));
        effects.History("referral.recovered", "system", effects.Now, null);
        // A probe is nobody's work.
        if (row.Class != MessageClass.Probe)
            effects.Write(Alarm.Raise("referral.recovered", message.Sender, row.Id, message.Payload.Jti, effects.Now));
    }

    static void Mark(Effects effects, string set, DateTimeOffset at) =>
        effects.Write(Sql.Command($"update referrals set {set} where id = $1", effects.Row!.Id, at));
}
