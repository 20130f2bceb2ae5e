using Hotline.Contracts;
using Hotline.Duty.Calendar;
using Hotline.Duty.Channels;
using Hotline.Duty.Ladders;
using Hotline.Duty.Roster;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Escalations;

/// <summary>What one batch of <see cref="ClaimDue"/> did.</summary>
/// <param name="Advanced">How many escalations were taken a step further.</param>
/// <param name="HadMostUrgent">Whether there was a P0 among them.</param>
/// <param name="Told">Whether the hub was told something at once.</param>
/// <param name="LeftSome">Whether more was due than the batch took.</param>
public sealed record Claimed(int Advanced, bool HadMostUrgent, bool Told, bool LeftSome)
{
    public static Claimed Nothing { get; } = new(0, false, false, false);

    public static Claimed operator +(Claimed one, Claimed other) => new(
        one.Advanced + other.Advanced, one.HadMostUrgent || other.HadMostUrgent, one.Told || other.Told, one.LeftSome || other.LeftSome);
}

/// <summary>
/// Takes what is due one step further. Must stay true: one transaction locks the row, looks again whether it is due,
/// advances the same row and writes the pages, the audit record and the word to the hub, or by when that is due; sending
/// comes after its commit. Otherwise a step is lost (advanced without pages) or doubled (pages without the advance). Any number of nodes may run
/// it. Lock order: referral, escalation, outbox.
/// </summary>
public sealed class ClaimDue(
    NpgsqlDataSource database, OnDuty onDuty, DataKeys keys, Post post, Party party, Hotline.Sealing.StorageKeys storage, ChannelDispatch channels, ConsoleEvents consoles)
{
    /// <summary>How many escalations share a transaction.</summary>
    public const int BatchSize = 256;

    /// <summary>By then consoles have shown the pages or not, and most channels have said something: it is told in one message.</summary>
    static readonly TimeSpan ToldWithResults = PageOrders.ConsoleShowsWithin + TimeSpan.FromSeconds(2);

    /// <summary>What came of pages that were told at once.</summary>
    static readonly TimeSpan ResultsAfter = TimeSpan.FromSeconds(3);

    readonly PageOrders orders = new(storage);

    /// <summary>Known to be in the database.</summary>
    readonly HashSet<Guid> storedPolicies = [];

    /// <param name="only">This escalation alone, so that one that fails cannot hold up the others; null = the most urgent that are due.</param>
    public async Task<Claimed> ClaimAsync(Guid? only, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var (now, candidates) = only is { } one ? (await NowAsync(connection, cancel), [one]) : await CandidatesAsync(connection, cancel);
        var due = await LockAsync(connection, candidates, now, cancel);
        var leftSome = candidates.Count == BatchSize || candidates.Count > due.Count;
        if (due.Count == 0)
            return Claimed.Nothing with { LeftSome = leftSome };
        var plan = await DutyPlan.FindAsync(connection, now, cancel);
        var calendar = await CalendarDays.InForceAsync(connection, cancel);
        var ways = await OpenWays.ReadAsync(connection, cancel);
        var clocks = new Clocks(plan, calendar);
        var people = new StepPeople(onDuty, storage, connection, calendar, now);

        var policies = new Dictionary<string, EscalationPolicy>();
        var advances = new List<(Advance Advance, ReferralRow? Referral)>(due.Count);
        foreach (var (escalation, referral) in due)
            advances.Add((await AdvanceAsync(escalation, plan, policies, people, clocks, now, cancel), referral));
        var dataKeys = await keys.GetAsync([.. advances.Where(a => a.Advance.ToldAtOnce).Select(a => a.Referral?.KeyId).OfType<Guid>().Distinct()], cancel);

        var fresh = policies.Values.Where(p => !storedPolicies.Contains(p.Id)).ToList();
        var commands = fresh.Select(p => p.Insert()).ToList();
        var shown = new List<ConsoleEvent>();
        foreach (var (advance, referral) in advances)
            commands.AddRange(Write(advance, referral, referral is null ? null : dataKeys.GetValueOrDefault(referral.KeyId), clocks, ways, now, shown));
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in Rows.Stack(commands))
            batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(Sql.Commit());
        await batch.ExecuteNonQueryAsync(cancel);
        storedPolicies.UnionWith(fresh.Select(p => p.Id));
        foreach (var page in shown)
            consoles.Raise(page);
        return new Claimed(due.Count, due.Exists(d => d.Escalation.Urgency == "P0"), advances.Exists(a => a.Advance.ToldAtOnce), leftSome);
    }

    sealed record Advance(Escalation Before, EscalationDecision Decision, IReadOnlyList<PageTarget> Targets)
    {
        /// <summary>
        /// A P0, nobody there, a step passed over: the hub hears of it in the same transaction. Of other pages it hears a
        /// moment later, in one message with what came of them.
        /// </summary>
        public bool ToldAtOnce => Before is { Kind: Escalation.Referral } && (Before.Urgency == "P0" || Decision.Page is null || Decision.Skipped.Count > 0);

        /// <summary>Whoever saw the referral saw its first page. Later ones are changes that a stale press must not miss.</summary>
        public bool IsFirst => Before is { Step: 0, Loop: 0, Generation: 1 };
    }

    static async Task<Advance> AdvanceAsync(
        Escalation escalation, DutyPlan plan, Dictionary<string, EscalationPolicy> policies, StepPeople people, Clocks clocks, DateTimeOffset now,
        CancellationToken cancel)
    {
        if (escalation.Class == MessageClass.Probe)
            return new Advance(escalation, Escalating.Decide(escalation, new EscalationEvent.Ended(), now), []);
        if (escalation.Policy is null && !policies.ContainsKey(escalation.Urgency))
            policies[escalation.Urgency] = EscalationPolicy.Of(plan, escalation.Urgency);
        var copied = escalation with { Policy = escalation.Policy ?? policies[escalation.Urgency] };
        var steps = copied.Policy!.Ladder.Steps;
        var restarts = copied.Status is EscalationStatus.Acknowledged or EscalationStatus.Parked;
        var empty = new HashSet<int>();
        IReadOnlyList<PageTarget> found = [];
        var reached = false;
        for (var step = restarts ? 0 : Math.Min(copied.Step, steps.Count - 1); step < steps.Count && !reached; step++)
        {
            found = await people.OfAsync(steps[step], copied, cancel);
            reached = found.Any(t => t.Target.CanBePagedOn(t.Channels));
            if (!reached)
                empty.Add(step);
        }
        return new Advance(copied, Escalating.Decide(copied, new EscalationEvent.Due(empty, clocks), now), found);
    }

    IEnumerable<NpgsqlBatchCommand> Write(
        Advance advance, ReferralRow? referral, Hotline.Sealing.DataKey? key, Clocks clocks, OpenWays ways, DateTimeOffset now, List<ConsoleEvent> shown)
    {
        var (before, decision, targets) = advance;
        var result = decision.NobodyReached ? EscalationResults.NobodyReached : EscalationResults.Paging;
        var words = advance.ToldAtOnce && referral is not null && key is not null ? TryReport(advance, referral, key, result, now) : null;
        var toldAtOnce = words is not null;
        var toTell = before.Kind == Escalation.Referral && decision.Page is not null;
        yield return (decision.Next with
        {
            ReportDueAt = toTell ? now + (toldAtOnce ? ResultsAfter : ToldWithResults) : before.ReportDueAt,
            Announce = toTell ? !toldAtOnce : before.Announce,
        }).Save();
        if (decision.Page is { } page)
            foreach (var command in orders.Insert(decision.Next, page, targets, clocks, now, channel => channels.Closed(channel, before.Class != MessageClass.Live, ways), shown))
                yield return command;
        if (decision.NobodyReached)
            yield return Alarm.Raise("escalation.nobody-on-duty", party.Name, before.Subject, null, now);
        foreach (var command in words ?? [])
            yield return command;
        if (!toldAtOnce && before.Class != MessageClass.Probe)
            yield return Record(advance, result, now).Insert();
        if (!toldAtOnce && referral is not null && !advance.IsFirst)
            yield return referral.SaveSent(visible: true);
    }

    /// <returns>Null where nothing can be sealed to the hub just now: people are paged all the same, and it is told when it can be.</returns>
    List<NpgsqlBatchCommand>? TryReport(Advance advance, ReferralRow referral, Hotline.Sealing.DataKey key, string result, DateTimeOffset now)
    {
        var (epoch, seq) = (referral.SentEpoch, referral.SentSeq);
        try
        {
            return Report(advance, referral, key, result, now);
        }
        catch (Hotline.Sealing.SealingException)
        {
            (referral.SentEpoch, referral.SentSeq) = (epoch, seq);
            return null;
        }
    }

    List<NpgsqlBatchCommand> Report(Advance advance, ReferralRow referral, Hotline.Sealing.DataKey key, string result, DateTimeOffset now)
    {
        var (before, decision, targets) = advance;
        var commands = new List<NpgsqlBatchCommand>();
        // A probe has come all the way: the page that nobody gets is its answer.
        var probed = before.Class == MessageClass.Probe;
        var pages = probed ? [new PageShown("probe", "null", AttemptStates.Delivered, null)] : targets.SelectMany(t => t.Target.ContactsFor(before.Urgency, t.Channels).Select(c => new PageShown(t.Target.Alias, c.Channel, AttemptStates.Pending, null)));
        var (jti, _) = post.Write(referral, key, Kinds.EscalationAdvanced, new EscalationAdvanced(
            referral.State, null, now, (decision.Page?.Step ?? decision.Next.Step) + 1, null, null, result)
        {
            Skipped = decision.Skipped.Count == 0 ? null : [.. decision.Skipped.Select(s => s + 1)],
            Pages = decision.Page is null && !probed ? null : [.. pages.DistinctBy(p => (p.Target, p.Channel))],
        }, now, commands);
        if (!probed)
            commands.Add(referral.History(Kinds.EscalationAdvanced, "system", now, jti, Record(advance, result, now)));
        commands.Add(referral.SaveSent(visible: !advance.IsFirst));
        return commands;
    }

    static AuditRecord Record(Advance advance, string result, DateTimeOffset now) => new()
    {
        Kind = Kinds.EscalationAdvanced,
        At = now,
        Actor = "system",
        Code = $"{advance.Before.Reference} step {(advance.Decision.Page?.Step ?? advance.Decision.Next.Step) + 1} ladder {advance.Before.Policy!.Ladder.Version} {result}",
    };

    static async Task<List<(Escalation Escalation, ReferralRow? Referral)>> LockAsync(
        NpgsqlConnection connection, List<Guid> candidates, DateTimeOffset now, CancellationToken cancel)
    {
        if (candidates.Count == 0)
            return [];
        var ids = candidates.ToArray();
        await using var locks = new NpgsqlBatch(connection);
        locks.BatchCommands.Add(Sql.Command(
            $"select {ReferralRow.Columns} from referrals where id in (select subject_id from escalations where id = any($1) and kind = 'referral') order by id for update skip locked", ids));
        locks.BatchCommands.Add(Sql.Command(
            $"select {Escalation.Columns} from escalations where id = any($1) and next_due_at <= $2 order by urgency, next_due_at for update skip locked", ids, now));
        var referrals = new Dictionary<Guid, ReferralRow>();
        List<Escalation.Row> rows;
        await using (var reader = await locks.ExecuteReaderAsync(cancel))
        {
            while (await reader.ReadAsync(cancel))
                if (ReferralRow.Read(reader) is var row)
                    referrals[row.Id] = row;
            await reader.NextResultAsync(cancel);
            rows = await Escalation.ReadAsync(reader, cancel);
        }
        var locked = await Escalation.WithLaddersAsync(connection, rows, cancel);
        // Somebody is changing the referral at this instant: it is looked at again in the next round.
        return [.. locked.Select(e => (e, referrals.GetValueOrDefault(e.Subject))).Where(due => due.e.Kind != Escalation.Referral || due.Item2 is not null)];
    }

    /// <summary>The most urgent first, whatever the backlog: an index range for each urgency.</summary>
    /// <returns>The database's time and what is due then; the time has no meaning where nothing is.</returns>
    static async Task<(DateTimeOffset Now, List<Guid> Due)> CandidatesAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            with clock as materialized (select hotline_now() as at)
            select clock.at, due.id from clock cross join unnest(array['P0', 'P1', 'P2', 'P3']) as u(urgency) cross join lateral (
              select id, e.urgency, next_due_at from escalations e where e.urgency = u.urgency and next_due_at <= clock.at order by next_due_at limit $1) due
            order by due.urgency, due.next_due_at limit $1
            """, connection);
        command.Parameters.Add(Sql.Parameter(BatchSize));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var (now, found) = (default(DateTimeOffset), new List<Guid>());
        while (await reader.ReadAsync(cancel))
        {
            now = reader.Time(0);
            found.Add(reader.GetGuid(1));
        }
        return (now, found);
    }

    /// <summary>An escalation was parked: the hub hears that nobody is paged. At the hub itself there is nobody to tell.</summary>
    public async Task TellParkedAsync(Guid subject, int step, DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        ReferralRow? referral = null;
        await using (var command = new NpgsqlCommand($"select {ReferralRow.Columns} from referrals where id = $1 for update", connection))
        {
            command.Parameters.Add(Sql.Parameter(subject));
            await using var reader = await command.ExecuteReaderAsync(cancel);
            if (await reader.ReadAsync(cancel))
                referral = ReferralRow.Read(reader);
        }
        if (referral is null || !(await keys.GetAsync([referral.KeyId], cancel)).TryGetValue(referral.KeyId, out var key))
            return;
        var commands = new List<NpgsqlBatchCommand>();
        var (jti, _) = post.Write(
            referral, key, Kinds.EscalationAdvanced, new EscalationAdvanced(referral.State, null, now, step + 1, null, null, EscalationResults.NobodyReached), now, commands);
        commands.Add(referral.History(Kinds.EscalationAdvanced, "system", now, jti));
        commands.Add(referral.SaveSent(visible: false));
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in commands)
            batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(Sql.Commit());
        await batch.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Those that are due now, most urgent first: to be tried one by one after a batch has failed.</summary>
    public async Task<IReadOnlyList<Guid>> DueAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return (await CandidatesAsync(connection, cancel)).Due;
    }

    static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select hotline_now()", connection);
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancel))!, TimeSpan.Zero);
    }
}
