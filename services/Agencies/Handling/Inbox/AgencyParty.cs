using Hotline.Contracts;
using Hotline.Duty.Escalations;
using Hotline.Handling.Profiles;
using Hotline.Handling.Referrals;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Handling.Inbox;

/// <summary>
/// What an agency does with the hub's messages. Must stay true: whatever the order of arrival, the referral ends in the
/// same state; a message that overtakes <c>referral.sent</c> is kept with the referral that it announces.
/// </summary>
public sealed class AgencyParty(AgencyProfile profile, Deadlines deadlines, PartyState state, EscalationSignal escalations) : IReferralParty
{
    public string? Receive(Received message, Effects effects)
    {
        if (effects.Row is null && message.Body is ReferralSent first)
            return OpenNew(message, first, effects);
        if (effects.Row is null)
            Announce(message, effects);
        effects.Change(row =>
        {
            if (row.IsNewer(message.Epoch, message.Seq))
                (row.PeerEpoch, row.PeerSeq) = (message.Epoch, message.Seq);
        });
        switch (message.Body)
        {
            case ReferralSent sent:
                Open(message, sent, effects);
                break;
            case ReferralUpdated updated:
                Update(message, updated, effects);
                break;
            case RevocationRequested:
                AnswerRevocation(message, effects);
                return null;
            case AnsweredByPhone answered:
                WordsInAnyOrder.TakeAnswer(message, answered, effects);
                break;
            case ConsentWithdrawn:
                CloseContent(message, effects);
                return null;
        }
        Finish(message, effects);
        return null;
    }

    public void Delivered(string kind, Received receipt, Effects effects)
    {
        // The hub has it: nothing at an agency depends on that.
    }

    /// <summary>An agency has nothing to bring back: the hub's inventory sends it what it lost.</summary>
    public string? Recover(Received receipt, Effects effects) => "receipt-for-unknown-message";

    public NpgsqlBatchCommand? Beat(string sender, DateTimeOffset now) => null;

    public void Committed() => escalations.Raise();

    void Finish(Received message, Effects effects)
    {
        Log(message, effects, message.Kind);
        // From before this database was restored: it may have been answered once, and nobody here knows. It is open again.
        if (message.Kind == Kinds.ReferralSent && DateTimeOffset.FromUnixTimeSeconds(message.Payload.Iat) < state.RestoredAt)
        {
            var jti = effects.Send(Kinds.ReferralHandedBack, new ReferralHandedBack(effects.Row!.State, null, effects.Now, "restored"));
            effects.History(Kinds.ReferralHandedBack, "system", effects.Now, jti);
        }
    }

    /// <summary>Another message has overtaken the referral.</summary>
    static void Announce(Received message, Effects effects)
    {
        var row = NewRow(message, effects, fileVersion: 0);
        effects.Create(row, Sql.Command(
            "insert into referrals (id, peer, class, key_id, state, received_at, sent_epoch) values ($1, $2, $3, $4, 'delivered', $5, 0)",
            row.Id, row.Peer, row.Class, row.KeyId, effects.Now));
    }

    /// <summary>As it nearly always is: the referral is the first word of itself.</summary>
    string? OpenNew(Received message, ReferralSent sent, Effects effects)
    {
        var row = NewRow(message, effects, sent.File.FileVersion);
        effects.Create(row, Rows.Of(
            """
            insert into referrals (id, reference, case_code, peer, class, urgency, province_code, province_list, desk, purpose, ground, unit, key_id, state,
              file_version, file_jti, file_epoch, file_seq, sent_epoch, peer_epoch, peer_seq, referred_at, received_at, acknowledge_by)
            select id, reference, case_code, peer, class, urgency, province_code, province_list, desk, purpose, ground, unit, key_id, 'delivered',
              file_version, file_jti, epoch, seq, 0, epoch, seq, referred_at, received_at, acknowledge_by
            from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
              $12::text[], $13::uuid[], $14::int[], $15::uuid[], $16::int[], $17::bigint[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[])
              as n(id, reference, case_code, peer, class, urgency, province_code, province_list, desk, purpose, ground, unit, key_id,
                file_version, file_jti, epoch, seq, referred_at, received_at, acknowledge_by)
            """,
            row.Id, sent.Reference, sent.CaseCode, row.Peer, row.Class, sent.Urgency, sent.ProvinceCode, sent.ProvinceList, sent.Desk, sent.Purpose,
            sent.Ground, profile.UnitFor(sent.Desk, sent.ProvinceCode), row.KeyId, row.FileVersion, message.Payload.Jti, message.Epoch, message.Seq,
            sent.ReferredAt, effects.Now, deadlines.AcknowledgeBy(sent.Urgency, effects.Now)));
        (row.PeerEpoch, row.PeerSeq) = (message.Epoch, message.Seq);
        StartPaging(message, sent, effects);
        Finish(message, effects);
        return null;
    }

    /// <summary>From here on somebody is paged until a named person answers. A probe goes the same way, to nobody, and sweeps away old ones.</summary>
    void StartPaging(Received message, ReferralSent sent, Effects effects)
    {
        effects.Write(Escalation.Start(
            Escalation.Referral, message.Referral, sent.Reference, message.Payload.Class, sent.Urgency, profile.UnitFor(sent.Desk, sent.ProvinceCode),
            deadlines.AcknowledgeBy(sent.Urgency, effects.Now), effects.Now));
        if (message.Payload.Class == MessageClass.Probe)
            effects.Write(Sql.Command("select forget_probes($1)", effects.Now - TimeSpan.FromDays(7)));
    }

    static void Escalate(Guid referral, EscalationEvent happened, Effects effects)
    {
        var now = effects.Now;
        effects.After((connection, cancel) => EscalationChange.ApplyAsync(connection, referral, happened, now, cancel));
    }

    static ReferralRow NewRow(Received message, Effects effects, int fileVersion) => new()
    {
        Id = message.Referral,
        KeyId = effects.Key.Id,
        Peer = message.Sender,
        Class = message.Payload.Class,
        State = ReferralState.Delivered,
        Version = 1,
        SentEpoch = 0,
        SentSeq = 0,
        PeerEpoch = 0,
        PeerSeq = 0,
        FileVersion = fileVersion,
    };

    void Open(Received message, ReferralSent sent, Effects effects)
    {
        TakeFile(message, sent.File.FileVersion, effects);
        effects.Write(Sql.Command(
            """
            update referrals set reference = $2, case_code = $3, province_code = $5, province_list = $6, purpose = $8, ground = $9, referred_at = $11,
              -- What an update that overtook the referral has said stands: how urgent it is, and that it is the central desk's.
              urgency = coalesce(urgency, $4), acknowledge_by = coalesce(acknowledge_by, $12),
              desk = coalesce(desk, $7), unit = case when desk is null then $10 else unit end,
              raised_epoch = case when urgency < $4 then raised_epoch else 0 end, raised_seq = case when urgency < $4 then raised_seq else 0 end,
              -- A withdrawal that overtook the referral closed it before its ground was known.
              content_closed_at = case when $9::text is null then content_closed_at end
            where id = $1
            """,
            message.Referral, sent.Reference, sent.CaseCode, sent.Urgency, sent.ProvinceCode, sent.ProvinceList, sent.Desk,
            sent.Purpose, sent.Ground, profile.UnitFor(sent.Desk, sent.ProvinceCode), sent.ReferredAt, deadlines.AcknowledgeBy(sent.Urgency, effects.Now)));
        if (effects.Row!.State.IsFinal())
            return; // revoked before it came
        var now = effects.Now;
        effects.After((connection, cancel) => WordsInAnyOrder.StartAsync(connection, message, sent.Reference, now, cancel));
    }

    void Update(Received message, ReferralUpdated updated, Effects effects)
    {
        TakeFile(message, updated.File.FileVersion, effects);
        // A raised urgency starts the clock again, even after an acknowledgement; codes sort P0 first.
        effects.Write(Sql.Command(
            """
            update referrals set acknowledge_by = case when urgency is null or urgency > $2 then $3 else acknowledge_by end, urgency = $2,
              raised_epoch = case when urgency is null or urgency > $2 then $5 else raised_epoch end,
              raised_seq = case when urgency is null or urgency > $2 then $6 else raised_seq end
            where id = $1 and file_jti = $4
            """,
            message.Referral, updated.Urgency, deadlines.AcknowledgeBy(updated.Urgency, effects.Now), message.Payload.Jti, message.Epoch, message.Seq));
        var (raised, now) = (new EscalationEvent.UrgencyRaised(updated.Urgency, deadlines.AcknowledgeBy(updated.Urgency, effects.Now)), effects.Now);
        effects.After((connection, cancel) => WordsInAnyOrder.RaiseAsync(connection, message, raised, now, cancel));
        // What complains about this agency is no longer for the unit that has it (G6).
        if (updated.File.Complaint?.AgainstAgency != profile.Name)
            return;
        Escalate(message.Referral, new EscalationEvent.Reassigned(AgencyProfile.CentralUnit), effects);
        effects.Write(Sql.Command(
            "update referrals set desk = 'central', unit = $2, assigned_to = null where id = $1 and (unit <> $2 or desk is null)", message.Referral, AgencyProfile.CentralUnit));
    }

    /// <summary>The file in force is that of the message with the highest (epoch, seq).</summary>
    static void TakeFile(Received message, int version, Effects effects)
    {
        effects.Write(Sql.Command(
            """
            update referrals set file_jti = $2, file_epoch = $3, file_seq = $4,
              -- The hub sends no file without consent or a ground: one that comes after a withdrawal opens the content again.
              content_closed_at = case when (content_closed_epoch, content_closed_seq) < ($3, $4) then null else content_closed_at end
            where id = $1 and (file_epoch, file_seq) < ($3, $4)
            """,
            message.Referral, message.Payload.Jti, message.Epoch, message.Seq));
        effects.Change(row => row.FileVersion = Math.Max(row.FileVersion, version));
    }

    static void AnswerRevocation(Received message, Effects effects)
    {
        var row = effects.Row!;
        effects.Write(Sql.Command("update referrals set revocation_requested_at = $2 where id = $1", row.Id, effects.Now));
        Log(message, effects, message.Kind);
        if (ReferralMoves.Decide(row.State, ReferralCommand.Revoke, effects.Now) is Decision.Moved moved)
        {
            effects.Change(r => r.State = moved.To);
            Escalate(row.Id, new EscalationEvent.Ended(), effects);
            var jti = effects.Send(Kinds.ReferralRevoked, new ReferralRevoked(moved.To, null, effects.Now));
            effects.History(Kinds.ReferralRevoked, "system", effects.Now, jti);
            return;
        }
        if (row.State == ReferralState.Revoked)
        {
            // Asked twice: it is given back already, and the hub hears so again.
            effects.Send(Kinds.ReferralRevoked, new ReferralRevoked(row.State, null, effects.Now));
            return;
        }
        // Accepted, or over: the agency keeps it, and says in which state.
        var refused = effects.Send(Kinds.RevocationRefused, new RevocationRefused(row.State, null, effects.Now));
        effects.History(Kinds.RevocationRefused, "system", effects.Now, refused);
    }

    static void CloseContent(Received message, Effects effects)
    {
        effects.Write(Sql.Command(
            """
            update referrals set content_closed_at = case when (file_epoch, file_seq) < ($3, $4) then $2 else content_closed_at end,
              content_closed_epoch = $3, content_closed_seq = $4
            where id = $1 and ground is null and (content_closed_epoch, content_closed_seq) < ($3, $4)
            """, message.Referral, effects.Now, message.Epoch, message.Seq));
        Log(message, effects, message.Kind);
        var jti = effects.Send(Kinds.ConsentWithdrawalConfirmed, new ConsentWithdrawalConfirmed(effects.Row!.State, null, effects.Now));
        effects.History(Kinds.ConsentWithdrawalConfirmed, "system", effects.Now, jti);
    }

    static void Log(Received message, Effects effects, string happened)
    {
        var kind = happened == Kinds.ReferralSent ? "referral.delivered" : happened;
        // Probes are counted once a day, by the hub.
        if (message.Payload.Class != MessageClass.Probe)
            effects.History(happened, message.Sender, effects.Now, message.Payload.Jti, message.Record(kind, effects.Now, message.Sender));
    }
}
