using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Watch;

/// <summary>What the watch has raised about one referral, or about an agency as a whole: one line, taken in one press.</summary>
/// <param name="Items">Of the watch.</param>
/// <param name="Codes">What is wrong, the worst first.</param>
/// <param name="Agency">Null = all of them: the broker.</param>
/// <param name="TakenBy">Who looks after it; null = nobody yet.</param>
public sealed record WatchAlarm(
    IReadOnlyList<Guid> Items, IReadOnlyList<string> Codes, string? Agency, string? AgencyVi, string? AgencyEn, Guid? ReferralId, string Reference,
    Guid? CaseId, string? CaseCode, string Urgency, DateTimeOffset RaisedAt, string? TakenBy)
{
    /// <summary>Red: a person in danger, and nobody has seen it here.</summary>
    public bool Danger => Urgency == "P0" && TakenBy is null;

    /// <summary>Worst first: what a person must do by telephone goes before what the system still tries by itself.</summary>
    static readonly string[] Order =
    [
        HubWatch.BrokerAway, HubWatch.AgencySilent, Judging.NobodyReached, Judging.PhoneTheDesk, Judging.NotAcknowledged, Judging.NotPaged, Judging.NotDelivered,
        Judging.NotSent, HubWatch.ProbeLost,
    ];

    /// <summary>For <see cref="ReadAsync"/>; probes and what is cleared are nobody's work.</summary>
    internal static NpgsqlBatchCommand Find() => Sql.Command(
        """
        select w.id, w.code, a.name, a.name_vi, a.name_en, w.referral_id, w.reference, c.id, c.code, w.urgency, w.raised_at, coalesce(u.display_name, u.alias)
        from watch_items w left join agencies a on a.name = w.agency left join referrals r on r.id = w.referral_id left join cases c on c.id = r.case_id
        left join accounts u on u.id = w.taken_by where w.cleared_at is null order by w.urgency, w.raised_at, w.id limit 1000
        """);

    /// <summary>What nobody has taken first, then by urgency and age.</summary>
    internal static async Task<IReadOnlyList<WatchAlarm>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancel)
    {
        var items = new List<WatchAlarm>();
        while (await reader.ReadAsync(cancel))
            items.Add(new WatchAlarm(
                [reader.GetGuid(0)], [reader.GetString(1)], reader.Maybe<string>(2), reader.Maybe<string>(3), reader.Maybe<string>(4), reader.Maybe<Guid?>(5), reader.GetString(6),
                reader.Maybe<Guid?>(7), reader.Maybe<string>(8), reader.GetString(9), reader.Time(10), reader.Maybe<string>(11)));
        return
        [
            .. items.GroupBy(i => (i.ReferralId, i.ReferralId is null ? i.Reference : null, i.TakenBy)).Select(Together)
                .OrderByDescending(a => a.TakenBy is null).ThenBy(a => a.Urgency, StringComparer.Ordinal).ThenBy(a => a.RaisedAt),
        ];
    }

    static WatchAlarm Together(IEnumerable<WatchAlarm> items)
    {
        var all = items.ToList();
        return all[0] with
        {
            Items = [.. all.SelectMany(a => a.Items)],
            Codes = [.. all.SelectMany(a => a.Codes).OrderBy(c => Array.IndexOf(Order, c) is >= 0 and var place ? place : Order.Length)],
            RaisedAt = all.Min(a => a.RaisedAt),
        };
    }
}
