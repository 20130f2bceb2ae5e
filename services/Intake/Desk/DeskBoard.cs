using Hotline.Duty.Calendar;
using Hotline.Hosting.Storage;
using Hotline.Intake.Watch;
using Npgsql;

namespace Hotline.Intake.Desk;

/// <summary>A case with its open referrals, the one with the least time first.</summary>
public sealed record DeskCase(Guid? Id, string? Code, string Urgency, string? Holder, IReadOnlyList<DeskLine> Lines)
{
    public bool NeedsPerson { get; } = Lines.Any(l => l.Standing.NeedsPerson);
    public bool Danger { get; } = Lines.Any(l => l.Standing.Danger);
    public bool Unclaimed => Holder is null && Lines.Any(l => l.Standing.Waiting == Waiting.Desk);
    public DateTimeOffset Due { get; } = Lines.Min(l => l.Standing.FirstDue);
}

public sealed record DeskEvent(DateTimeOffset At, string Event, string Actor, string? CaseCode, Guid? CaseId, string AgencyVi, string AgencyEn);

/// <summary>How the agency's system answers.</summary>
public sealed record AgencyConnection(string Vi, string En, DateTimeOffset? HeardAt);

/// <summary>Everything on the desk that is not of one person.</summary>
public sealed record DeskView(DateTimeOffset At, IReadOnlyList<DeskCase> Cases, bool More, IReadOnlyList<DeskEvent> Events, IReadOnlyList<AgencyConnection> Connections, IReadOnlyList<WatchAlarm> Alarms);

/// <summary>
/// Reads the open work of the desk. Fifty consoles that hear of one change ask at the same time: they share a reading that
/// began after they asked. An older one, however fresh, might miss the very change that they heard of, and nobody would
/// tell them again.
/// </summary>
public sealed class DeskBoard(NpgsqlDataSource database, DatabaseClock clock, TimeProvider time) : IDisposable
{
    const int Most = 500;
    const string Open = "r.is_open and r.class <> 'probe'";
    // A declined referral is work until the case went to somebody else since, or a person said that it is settled.
    const string DeclinedAndOpen =
        """
        r.is_declined and r.class <> 'probe' and (w.settled_at is null or w.settled_at < h.declined_at)
        and not exists (select from referrals n where n.case_id = r.case_id and n.created_at > coalesce(h.declined_at, r.created_at))
        """;
    static readonly TimeSpan CalendarFresh = TimeSpan.FromMinutes(1);

    readonly SemaphoreSlim one = new(1);
    (DeskView View, long Began)? last;
    (Clocks Clocks, long Stamp)? calendar;

    public async Task<DeskView> ReadAsync(CancellationToken cancel)
    {
        var asked = time.GetTimestamp();
        await one.WaitAsync(cancel);
        try
        {
            var began = time.GetTimestamp();
            if (last is not { } known || known.Began < asked)
                last = known = (await ComposeAsync(cancel), began);
            return known.View;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>The hub's clocks as of now.</summary>
    public async Task<Clocks> ClocksAsync(DateTimeOffset now, CancellationToken cancel)
    {
        if (calendar is not { } known || time.GetElapsedTime(known.Stamp) > CalendarFresh)
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            calendar = known = (await Clocks.FindAsync(connection, now, cancel), time.GetTimestamp());
        }
        return known.Clocks;
    }

    public void Dispose() => one.Dispose();

    async Task<DeskView> ComposeAsync(CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        var clocks = await ClocksAsync(now, cancel);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command(
            $"({DeskReferral.Select} where {Open} order by r.urgency, r.created_at limit $1) union all ({DeskReferral.Select} where {DeclinedAndOpen} order by r.created_at limit $1)", Most));
        batch.BatchCommands.Add(Sql.Command(
            """
            select h.at, h.event, h.actor, c.code, c.id, a.name_vi, a.name_en from referral_history h join referrals r on r.id = h.referral_id
            join agencies a on a.name = r.peer left join cases c on c.id = r.case_id order by h.id desc limit 12
            """));
        batch.BatchCommands.Add(Sql.Command("select name_vi, name_en, last_heartbeat_at from agencies where enabled order by name"));
        batch.BatchCommands.Add(WatchAlarm.Find());
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        var lines = new List<DeskLine>();
        while (await reader.ReadAsync(cancel))
            if (DeskReferral.Read(reader) is var referral)
                lines.Add(new DeskLine(referral, Standing.Of(referral, clocks, now)));
        await reader.NextResultAsync(cancel);
        var events = new List<DeskEvent>();
        while (await reader.ReadAsync(cancel))
            events.Add(new DeskEvent(
                reader.Time(0), reader.GetString(1), reader.GetString(2).Split('/')[^1], reader.Maybe<string>(3), reader.Maybe<Guid?>(4), reader.GetString(5), reader.GetString(6)));
        await reader.NextResultAsync(cancel);
        var connections = new List<AgencyConnection>();
        while (await reader.ReadAsync(cancel))
            connections.Add(new AgencyConnection(reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.Time(2)));
        await reader.NextResultAsync(cancel);
        return new DeskView(now, Arrange(lines), lines.Count >= Most, events, connections, await WatchAlarm.ReadAsync(reader, cancel));
    }

    static List<DeskCase> Arrange(List<DeskLine> lines) =>
    [
        .. lines.GroupBy(l => l.Referral.CaseId ?? l.Referral.Id)
            .Select(g => g.OrderBy(l => l.Standing.FirstDue).ToList())
            .Select(l => new DeskCase(
                l[0].Referral.CaseId, l[0].Referral.CaseCode, l.Min(x => x.Referral.Urgency)!, l[0].Referral.Holder, l))
            .OrderByDescending(c => c.NeedsPerson).ThenByDescending(c => c.Danger).ThenBy(c => c.Due),
    ];
}
