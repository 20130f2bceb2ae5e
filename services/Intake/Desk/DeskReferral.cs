using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Hotline.Intake.Referrals;
using Npgsql;

namespace Hotline.Intake.Desk;

/// <summary>What the desk knows of a referral: codes, states, times. No content.</summary>
public sealed record DeskReferral
{
    public required Guid Id { get; init; }
    public required string Reference { get; init; }
    public required Guid? CaseId { get; init; }
    public required string? CaseCode { get; init; }
    public required string Agency { get; init; }
    public required string AgencyVi { get; init; }
    public required string AgencyEn { get; init; }
    public required string Urgency { get; init; }
    public required string Desk { get; init; }
    public required string? ProvinceCode { get; init; }

    /// <summary>Of law, instead of consent; null = none.</summary>
    public required string? Ground { get; init; }
    public required string State { get; init; }
    public required string Class { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset? SentAt { get; init; }
    public required DateTimeOffset? DeliveredAt { get; init; }
    public required DateTimeOffset? AcknowledgedAt { get; init; }
    public required DateTimeOffset? AnsweredByPhoneAt { get; init; }

    /// <summary>Somebody was asked anew and has not answered since then.</summary>
    public DateTimeOffset? UnansweredSince { get; init; }

    /// <summary>What somebody says on the telephone counts.</summary>
    public bool AwaitsAnswer => RecordSpokenAnswer.IsWaitedFor(State.ToState(), UnansweredSince is not null);
    public required DateTimeOffset? AcceptedAt { get; init; }
    public required DateTimeOffset? DeclinedAt { get; init; }
    public required DateTimeOffset? ProgressAt { get; init; }

    /// <summary>Alias of the officer who answers for it.</summary>
    public required string? AcknowledgedBy { get; init; }
    public required string? Holder { get; init; }
    public required bool RevocationRefused { get; init; }

    /// <summary>Whose desk has it: <c>central</c> or a province code.</summary>
    public string Unit => ReferralDesk.UnitOf(Desk, ProvinceCode);

    /// <summary>Of referrals <c>r</c>, to be followed by a where.</summary>
    public const string Select =
        """
        select r.id, r.reference, r.case_id, c.code, r.peer, a.name_vi, a.name_en, r.urgency, r.desk, r.province_code, r.state, r.class,
          r.created_at, r.sent_at, r.delivered_at, r.acknowledged_at, r.answered_by_phone_at, h.accepted_at, h.declined_at, h.progress_at,
          h.acknowledged_by, coalesce(u.display_name, u.alias), r.revocation_refused_at is not null, r.ground, r.unanswered_since
        from referrals r join agencies a on a.name = r.peer left join cases c on c.id = r.case_id
        left join desk_work w on w.case_id = r.case_id left join accounts u on u.id = w.holder
        cross join lateral (
          select max(at) filter (where event = 'referral.accepted') as accepted_at, max(at) filter (where event = 'referral.declined') as declined_at,
            max(at) filter (where event in ('progress.noted', 'referral.acknowledged', 'referral.accepted')) as progress_at,
            (array_agg(actor order by id) filter (where event = 'referral.acknowledged'))[1] as acknowledged_by
          from referral_history where referral_id = r.id) h
        """;

    public static DeskReferral Read(NpgsqlDataReader reader)
    {
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        return new DeskReferral
        {
            Id = reader.GetGuid(0),
            Reference = reader.GetString(1),
            CaseId = reader.Maybe<Guid?>(2),
            CaseCode = reader.Maybe<string>(3),
            Agency = reader.GetString(4),
            AgencyVi = reader.GetString(5),
            AgencyEn = reader.GetString(6),
            Urgency = reader.GetString(7),
            Desk = reader.GetString(8),
            ProvinceCode = reader.Maybe<string>(9),
            State = reader.GetString(10),
            Class = reader.GetString(11),
            CreatedAt = reader.Time(12),
            SentAt = Time(13),
            DeliveredAt = Time(14),
            AcknowledgedAt = Time(15),
            AnsweredByPhoneAt = Time(16),
            AcceptedAt = Time(17),
            DeclinedAt = Time(18),
            ProgressAt = Time(19),
            AcknowledgedBy = reader.Maybe<string>(20)?.Split('/')[^1],
            Holder = reader.Maybe<string>(21),
            RevocationRefused = reader.GetBoolean(22),
            Ground = reader.Maybe<string>(23),
            UnansweredSince = Time(24),
        };
    }
}
