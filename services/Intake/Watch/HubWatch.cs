using Hotline.Contracts;
using Hotline.Duty.Calendar;
using Hotline.Duty.Channels;
using Hotline.Duty.Escalations;
using Hotline.Hosting.Live;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Watch;

/// <summary>
/// Looks for what is late: referrals, agencies, the broker. It needs nothing but the hub's database, so that it works
/// while the broker is down; any number of nodes may run it.
/// </summary>
public sealed class HubWatch(
    NpgsqlDataSource database, BrokerPublisher broker, Party party, ConsoleEvents consoles, Changes changes, EscalationSignal escalations)
{
    /// <summary>Something of the watch is due.</summary>
    public const string DueWhen =
        """
        exists (select from referrals where watch_due_at <= clock.at) or exists (select from watch_items where page_at <= clock.at)
          or exists (select from watch_state where looks_at <= clock.at)
        """;

    public const string AgencySilent = "agency-silent";
    public const string BrokerAway = "broker-away";

    /// <summary>A probe has not come back: the line to the agency may be silent without anybody noticing.</summary>
    public const string ProbeLost = "probe-lost";

    const int BatchSize = 200;
    static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    /// <summary>Four heartbeats.</summary>
    public static TimeSpan SilentAfter { get; } = TimeSpan.FromSeconds(60);
    static readonly TimeSpan BrokerPatience = TimeSpan.FromSeconds(10);

    public async Task LookAsync(CancellationToken cancel)
    {
        while (await LookAtReferralsAsync(cancel) == BatchSize)
        {
            // There may be more.
        }
        await LookAtPartiesAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var untaken = await WatchItems.PageUntakenAsync(connection, await NowAsync(connection, cancel), cancel);
        await transaction.CommitAsync(cancel);
        if (untaken > 0)
            escalations.Raise();
    }

    async Task<int> LookAtReferralsAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var now = await NowAsync(connection, cancel);
        var due = await WatchedReferral.LockDueAsync(connection, now, BatchSize, cancel);
        if (due.Count == 0)
            return 0;
        var clocks = await Clocks.FindAsync(connection, now, cancel);
        var judged = due.Select(referral => (Referral: referral, Judgement: Judging.Judge(referral, clocks, now))).ToList();
        var late = judged.SelectMany(j => j.Judgement.Late.Select(code => new Lateness(
            code, j.Referral.Agency, j.Referral.Id, j.Referral.Reference, j.Referral.Urgency, j.Referral.Class, j.Referral.Unit))).ToList();
        var cleared = await WatchItems.ClearAsync(connection, [.. due.Select(r => r.Id)], late, now, cancel);
        var raised = await WatchItems.RaiseAsync(connection, late, now, cancel);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in Rows.Stack([.. judged.Select(j => Next(j.Referral.Id, j.Judgement))]))
            batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        Tell(raised, cleared);
        return due.Count;
    }

    static NpgsqlBatchCommand Next(Guid referral, Judgement judgement) => Rows.Of(
        """
        update referrals r set watch_due_at = n.due_at, watch_late = n.late from unnest($1::uuid[], $2::timestamptz[], $3::boolean[]) as n(id, due_at, late)
        where r.id = n.id
        """,
        referral, judgement.LookAgainAt, judgement.Late.Count > 0);

    /// <summary>One node every five seconds.</summary>
    async Task LookAtPartiesAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var now = await NowAsync(connection, cancel);
        if (await TakeTurnAsync(connection, now, cancel) is not { } turn)
            return;
        DateTimeOffset? awaySince = await broker.ReachableAsync(cancel) ? null : turn.AwaySince ?? now;
        var away = awaySince is { } since && since + BrokerPatience <= now;
        var late = new List<Lateness>();
        if (away)
            late.Add(Whole(BrokerAway, Parties.Hub));
        foreach (var (agency, heardAt, probeLost) in await AgenciesAsync(connection, cancel))
        {
            // With the broker away nobody can be heard: that is one item, not five.
            var silent = awaySince is null && (heardAt ?? turn.StartedAt) + SilentAfter <= now && turn.StartedAt + SilentAfter <= now;
            if (silent)
                late.Add(Whole(AgencySilent, agency));
            if (probeLost)
                late.Add(Whole(ProbeLost, agency));
        }
        var cleared = await WatchItems.ClearAsync(connection, null, late, now, cancel);
        var raised = await WatchItems.RaiseAsync(connection, late, now, cancel);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command("update watch_state set looks_at = $1, broker_away_since = $2", now + Between, awaySince));
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        Tell(raised, cleared);
    }

    Lateness Whole(string code, string agency) => new(code, agency, null, agency, "P1", party.Class, "central");

    void Tell(List<ConsoleEvent> raised, int cleared)
    {
        foreach (var happened in raised)
            consoles.Raise(happened);
        if (raised.Count + cleared > 0)
            changes.Raise(WatchItems.Topic);
    }

    static async Task<(DateTimeOffset StartedAt, DateTimeOffset? AwaySince)?> TakeTurnAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select started_at, broker_away_since from watch_state where looks_at <= $1 for update skip locked", connection);
        command.Parameters.Add(Sql.Parameter(now));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? (reader.Time(0), reader.IsDBNull(1) ? (DateTimeOffset?)null : reader.Time(1)) : null;
    }

    static async Task<List<(string Name, DateTimeOffset? HeardAt, bool ProbeLost)>> AgenciesAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select name, last_heartbeat_at, p.lost_since is not null from agencies left join probes p on p.agency = name where enabled order by name", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var agencies = new List<(string, DateTimeOffset?, bool)>();
        while (await reader.ReadAsync(cancel))
            agencies.Add((reader.GetString(0), reader.IsDBNull(1) ? null : reader.Time(1), reader.GetBoolean(2)));
        return agencies;
    }

    static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select hotline_now()", connection);
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancel))!, TimeSpan.Zero);
    }
}
