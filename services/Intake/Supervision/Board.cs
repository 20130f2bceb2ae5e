using Hotline.Duty.Calendar;
using Hotline.Hosting.Storage;
using Hotline.Intake.Watch;
using Npgsql;

namespace Hotline.Intake.Supervision;

/// <summary>An agency as the board names it.</summary>
public sealed record BoardAgency(string Name, string Vi, string En, DateTimeOffset? HeardAt);

/// <summary>Open referrals of one agency and urgency, by state.</summary>
public sealed record BoardRow(string Agency, string Urgency, IReadOnlyDictionary<string, long> Counts, DateTimeOffset Oldest)
{
    public long Of(string state) => Counts.GetValueOrDefault(state);
}

/// <summary>A referral that is late, or next to be.</summary>
/// <param name="Due">When it is, or was, late: UTC.</param>
/// <param name="Since">When the step at which it stands began.</param>
public sealed record LateReferral(Guid Id, string Reference, string? CaseCode, string Agency, string Urgency, string State, string Class, DateTimeOffset Since, DateTimeOffset Due);

/// <summary>What a witness, the log or the key store found wrong and nobody has cleared.</summary>
/// <param name="Party">Whose log, or which witness; empty where it is the hotline's own.</param>
public sealed record LogAlarm(string Code, string Party, DateTimeOffset Since, DateTimeOffset Last, long Count);

/// <summary>Whether the way to an agency was tried: by probes every few minutes, and by drills of the last thirty days.</summary>
/// <param name="ProbedAt">When a probe last came back.</param>
/// <param name="LostSince">When the first was sent that did not come back; null = the way is open.</param>
public sealed record TriedWay(string Agency, DateTimeOffset? ProbedAt, DateTimeOffset? LostSince, long Drilled, long Answered, DateTimeOffset? LastDrillAt);

/// <summary>What the supervisor sees: numbers, codes and times.</summary>
public sealed record BoardView(
    IReadOnlyList<BoardAgency> Agencies, IReadOnlyList<BoardRow> Open, IReadOnlyList<LateReferral> Late, long Waiting, long Overdue, long Declined, long Alarms, long ToReview, IReadOnlyList<LogAlarm> LogAlarms,
    IReadOnlyList<TriedWay> Tried, IReadOnlyList<WatchAlarm> Watch,
    string Urgency, TimeSpan? Within, IReadOnlyList<AgencyTimes> Times, DateTimeOffset At);

/// <summary>Reads the board. Probes are no work of anybody: they count as probes only.</summary>
public sealed class Board(NpgsqlDataSource database, DatabaseClock clock)
{
    static readonly TimeSpan DeliveredWithin = TimeSpan.FromSeconds(60);
    const int MostLate = 50;
    const int MostTimes = 20_000;

    public async Task<BoardView> ReadAsync(string urgency, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        var clocks = await Clocks.FindAsync(connection, now, cancel);
        var agencies = await AgenciesAsync(connection, cancel);
        var waiting = await WaitingAsync(connection, clocks, cancel);
        var (declined, alarms, toReview) = await CountsAsync(connection, cancel);
        var times = AcknowledgementTimes.Of(agencies.Select(a => a.Name), await TimesAsync(connection, urgency, cancel), clocks.ClassOf);
        return new BoardView(
            agencies, await OpenAsync(connection, cancel), [.. waiting.OrderByDescending(w => w.Urgency == "P0" && w.Due <= now).ThenBy(w => w.Due).Take(MostLate)], waiting.Count, waiting.Count(w => w.Due <= now), declined, alarms, toReview, await LogAlarmsAsync(connection, cancel),
            await TriedAsync(connection, cancel), await WatchAsync(connection, cancel),
            urgency, clocks.Of(urgency).AcknowledgeWithin, times, now);
    }

    static async Task<List<BoardAgency>> AgenciesAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select name, name_vi, name_en, last_heartbeat_at from agencies where enabled order by name", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var agencies = new List<BoardAgency>();
        while (await reader.ReadAsync(cancel))
            agencies.Add(new BoardAgency(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.Time(3)));
        return agencies;
    }

    static async Task<List<BoardRow>> OpenAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select peer, urgency, state, count(*), min(created_at) from referrals
            where is_open and class <> 'probe' group by peer, urgency, state order by peer, urgency
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var counted = new List<(string Agency, string Urgency, string State, long Count, DateTimeOffset Oldest)>();
        while (await reader.ReadAsync(cancel))
            counted.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.Time(4)));
        return [.. counted.GroupBy(c => (c.Agency, c.Urgency)).Select(g => new BoardRow(
            g.Key.Agency, g.Key.Urgency, g.ToDictionary(c => c.State, c => c.Count), g.Min(c => c.Oldest)))];
    }

    /// <summary>Whatever nobody has answered for yet, spoken or written, with the moment from which it is late.</summary>
    static async Task<List<LateReferral>> WaitingAsync(NpgsqlConnection connection, Clocks clocks, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select r.id, r.reference, c.code, r.peer, r.urgency, r.state, r.class, r.created_at,
              case when r.delivered_at is not null then greatest(r.delivered_at, r.unanswered_since) end
            from referrals r left join cases c on c.id = r.case_id
            where r.class <> 'probe' and r.is_open and (r.unanswered_since is not null or (r.state in ('queued', 'sent', 'delivered') and r.answered_at is null))
            order by r.urgency, r.created_at limit 5000
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var waiting = new List<LateReferral>();
        while (await reader.ReadAsync(cancel))
        {
            DateTimeOffset? delivered = reader.IsDBNull(8) ? null : reader.Time(8);
            var since = delivered ?? reader.Time(7);
            waiting.Add(new LateReferral(
                reader.GetGuid(0), reader.GetString(1), reader.Maybe<string>(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6), since,
                delivered is { } at ? clocks.AcknowledgeBy(reader.GetString(4), at) : since + DeliveredWithin));
        }
        return waiting;
    }

    static async Task<(long Declined, long Alarms, long ToReview)> CountsAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select (select count(*) from referral_history where event = 'referral.declined' and at > hotline_now() - interval '1 day'),
              (select count(*) from alarms where cleared_at is null), (select count(*) from glass_breaks where approved_at is not null and reviewed_at is null)
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    static async Task<List<LogAlarm>> LogAlarmsAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select code, party, raised_at, last_at, count from alarms
            where cleared_at is null and (code like 'log.%' or code like 'witness.%' or code like 'key-store.%' or code like 'directory.%') order by raised_at limit 50
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var alarms = new List<LogAlarm>();
        while (await reader.ReadAsync(cancel))
            alarms.Add(new LogAlarm(reader.GetString(0), reader.GetString(1), reader.Time(2), reader.Time(3), reader.GetInt64(4)));
        return alarms;
    }

    static async Task<IReadOnlyList<WatchAlarm>> WatchAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { WatchAlarm.Find() } };
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        return await WatchAlarm.ReadAsync(reader, cancel);
    }

    static async Task<List<TriedWay>> TriedAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select a.name, p.answered_at, p.lost_since, coalesce(d.sent, 0), coalesce(d.answered, 0), d.last_at
            from agencies a left join probes p on p.agency = a.name left join (
              select peer, count(*) as sent, count(*) filter (where answered_at is not null or not is_open) as answered, max(created_at) as last_at from referrals
              where class = 'exercise' and created_at > hotline_now() - interval '30 days' group by peer) d on d.peer = a.name
            where a.enabled order by a.name
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        var tried = new List<TriedWay>();
        while (await reader.ReadAsync(cancel))
            tried.Add(new TriedWay(reader.GetString(0), Time(1), Time(2), reader.GetInt64(3), reader.GetInt64(4), Time(5)));
        return tried;
    }

    static async Task<List<Acknowledged>> TimesAsync(NpgsqlConnection connection, string urgency, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select peer, delivered_at, extract(epoch from acknowledged_at - delivered_at)::float8 / 60 from referrals
            where urgency = $1 and class <> 'probe' and acknowledged_at >= delivered_at and created_at > hotline_now() - interval '90 days'
            order by created_at desc limit $2
            """, connection);
        command.Parameters.Add(Sql.Parameter(urgency));
        command.Parameters.Add(Sql.Parameter(MostTimes));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var times = new List<Acknowledged>();
        while (await reader.ReadAsync(cancel))
            times.Add(new Acknowledged(reader.GetString(0), reader.Time(1), reader.GetDouble(2)));
        return times;
    }
}
