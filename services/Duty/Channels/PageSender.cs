using System.Threading.Channels;
using Hotline.Duty.Escalations;
using Hotline.Duty.Ladders;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Duty.Channels;

/// <summary>What the agency is called in a page.</summary>
public sealed record PagingParty(string NameVi);

/// <summary>
/// Takes ordered pages to their channels. Must stay true: a page leaves only under a lease that is committed, and it is
/// sent again under the same key when its lease ends without an outcome (P0 and P1: a second page is cheaper than none);
/// what a person's action has overtaken is dropped.
/// </summary>
public sealed class PageSender(
    NpgsqlDataSource database, ChannelDispatch dispatch, PageResults results, UrgentPageSignal urgentSignal, PageSignal signal, TimeProvider time, ILogger<PageSender> log)
    : BackgroundService
{
    static readonly string[] Urgent = ["P0"];
    static readonly string[] Others = ["P1", "P2", "P3"];
    static readonly TimeSpan Unsignalled = TimeSpan.FromMinutes(1);
    static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(5);

    /// <summary>Longer than two gateways may take together.</summary>
    public static TimeSpan LeasedFor { get; } = TimeSpan.FromSeconds(60);

    /// <summary>What is left over would wait for the next bundle of its target.</summary>
    const int MostAtOnce = 5000;
    const int MostNotedAtOnce = 500;
    const int MostNotings = 10;
    const int MostInFlight = 16;

    /// <summary>So many leave well within their lease, whatever the gateways do.</summary>
    const int MostLeased = 2 * MostInFlight;

    /// <summary>Leased and in flight: all P0 of a claim leave at once, so that what comes meanwhile waits for one page's time at most.</summary>
    const int MostUrgent = 32;

    /// <summary>Two lines: a P0 never waits behind a gateway that is slow with others.</summary>
    protected override Task ExecuteAsync(CancellationToken stop) => Task.WhenAll(WorkAsync(Urgent, urgentSignal, stop), WorkAsync(Others, signal, stop));

    async Task WorkAsync(string[] urgencies, WakeSignal wake, CancellationToken stop)
    {
        var (failures, bundlesDue) = (0, 0L);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var (looked, leftSome, nextIn) = await SendDueAsync(urgencies, stop);
                if (nextIn is { } next)
                    bundlesDue = time.GetTimestamp() + (long)(next.TotalSeconds * time.TimestampFrequency);
                if (looked < MostAtOnce && !leftSome)
                    await wake.WaitAsync(Until(bundlesDue), stop);
                failures = 0;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception away) when (away is not OutOfMemoryException)
            {
                failures++;
                log.LogWarning("Pages wait: {Problem}", away.GetType().Name);
                await Pause.BackOffAsync(failures, LongestBackOff, stop);
            }
        }
    }

    TimeSpan Until(long stamp)
    {
        var left = time.GetElapsedTime(time.GetTimestamp(), stamp);
        return left > TimeSpan.Zero && left < Unsignalled ? left : Unsignalled;
    }

    /// <summary>One turn for all urgencies.</summary>
    /// <returns>How many pages were looked at.</returns>
    public async Task<int> SendDueAsync(CancellationToken cancel) => await SendAllDueAsync(Urgent, cancel) + await SendAllDueAsync(Others, cancel);

    async Task<int> SendAllDueAsync(string[] urgencies, CancellationToken cancel)
    {
        var (all, leftSome) = (0, true);
        while (leftSome)
        {
            (var looked, leftSome, _) = await SendDueAsync(urgencies, cancel);
            all += looked;
        }
        return all;
    }

    /// <summary>Claim, send, note what came of it: outcomes that come in while one is written share the next transaction.</summary>
    /// <returns>How many were looked at, whether more could leave at once, and how soon those that wait for company leave.</returns>
    async Task<(int Looked, bool LeftSome, TimeSpan? NextIn)> SendDueAsync(string[] urgencies, CancellationToken cancel)
    {
        var claim = await ClaimAsync(urgencies, cancel);
        if (claim.Bundles.Count == 0)
            return (claim.Looked, claim.LeftSome, claim.NextIn);
        var outcomes = Channel.CreateUnbounded<(PageBundle Bundle, SendOutcome Outcome)>(new UnboundedChannelOptions { SingleReader = true });
        var noting = NoteAsync(outcomes.Reader, cancel);
        try
        {
            var inFlight = new ParallelOptions { MaxDegreeOfParallelism = urgencies == Urgent ? MostUrgent : MostInFlight, CancellationToken = cancel };
            await Parallel.ForEachAsync(claim.Bundles, inFlight, async (bundle, token) =>
                outcomes.Writer.TryWrite((bundle, await SendAsync(bundle, claim, token))));
        }
        finally
        {
            outcomes.Writer.Complete();
            await noting;
        }
        return (claim.Looked, claim.LeftSome, claim.NextIn);
    }

    async Task<SendOutcome> SendAsync(PageBundle bundle, Claim claim, CancellationToken cancel)
    {
        try
        {
            return await dispatch.SendAsync(bundle, claim.Plan, claim.Ways, claim.At, cancel);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException && !cancel.IsCancellationRequested)
        {
            // One page that cannot be written must not keep the others in the house.
            log.LogError("Page {Page} could not be sent: {Problem}", bundle.First.Key, failure.GetType().Name);
            return SendOutcome.Failed("internal");
        }
    }

    async Task NoteAsync(ChannelReader<(PageBundle Bundle, SendOutcome Outcome)> outcomes, CancellationToken cancel)
    {
        while (await outcomes.WaitToReadAsync(cancel))
        {
            var some = new List<(DuePage, SendOutcome)>();
            while (some.Count < MostNotedAtOnce && outcomes.TryRead(out var one))
                some.AddRange(one.Bundle.Pages.Select(page => (page, one.Outcome)));
            await NoteAsync(some, cancel);
        }
    }

    /// <summary>What came of these pages is known here alone: it is said again until the database takes it, well within the lease.</summary>
    async Task NoteAsync(List<(DuePage, SendOutcome)> some, CancellationToken cancel)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                await results.NoteAsync(some, cancel);
                return;
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException && failures < MostNotings)
            {
                log.LogWarning("Outcomes of pages wait: {Problem}", away.GetType().Name);
                await Pause.BackOffAsync(failures, LongestBackOff, cancel);
            }
        }
    }

    /// <param name="Looked">How many were due, whether or not something leaves.</param>
    /// <param name="LeftSome">More are due than are leased.</param>
    sealed record Claim(int Looked, bool LeftSome, IReadOnlyList<PageBundle> Bundles, DutyPlan Plan, OpenWays Ways, DateTimeOffset At, TimeSpan? NextIn);

    async Task<Claim> ClaimAsync(string[] urgencies, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var now = await NowAsync(connection, cancel);
        // A P0 goes out alone; of the others all are looked at, because those of one target leave together.
        var urgent = urgencies == Urgent;
        var (most, mostLeased) = urgent ? (MostUrgent, MostUrgent) : (MostAtOnce, MostLeased);
        var due = await DuePage.LockAsync(connection, urgencies, now, most, cancel);
        if (due.Count == 0)
            return new Claim(0, false, [], DefaultPlan.Of(null), OpenWays.None, now, null);
        var ways = await OpenWays.ReadAsync(connection, cancel);
        var settled = due.Select(p => (Page: p, Outcome: OutcomeOf(p) ?? dispatch.Closed(p.Channel, p.IsExercise, ways))).ToList();
        var toSend = settled.Where(s => s.Outcome is null).Select(s => s.Page).ToList();
        var last = await LastSentAsync(connection, toSend, now, cancel);
        var (bundles, putOff) = Bundling.Plan(toSend, p => last.TryGetValue((p.TargetId, p.Channel), out var at) ? at : null, now);
        var leased = bundles.Take(mostLeased).Select(b => WithKey(b, now)).ToList();
        var plan = leased.Count == 0 ? DefaultPlan.Of(null) : await DutyPlan.FindAsync(connection, now, cancel);

        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in (IEnumerable<NpgsqlBatchCommand>)
            [.. PageResults.Settle([.. settled.Where(s => s.Outcome is not null).Select(s => (s.Page, s.Outcome!))], now), .. Rows.Stack([.. putOff.Select(PutOff), .. leased.SelectMany(b => Lease(b, now))])])
            batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(Sql.Commit());
        await batch.ExecuteNonQueryAsync(cancel);
        return new Claim(due.Count, (urgent && due.Count == most) || bundles.Count > leased.Count, leased, plan, ways, now, putOff.Count == 0 ? null : putOff.Min(p => p.Until) - now);
    }

    static NpgsqlBatchCommand PutOff((DuePage Page, DateTimeOffset Until) put) => Rows.Of(
        "update page_attempts p set due_at = w.until from unnest($1::uuid[], $2::timestamptz[]) as w(id, until) where p.id = w.id", put.Page.Id, put.Until);

    static IEnumerable<NpgsqlBatchCommand> Lease(PageBundle bundle, DateTimeOffset now)
    {
        foreach (var page in bundle.Pages)
            yield return Rows.Of(
                """
                update page_attempts p set state = 'sending', tries = p.tries + 1, bundle_id = l.bundle, due_at = l.until, sent_at = l.at
                from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[]) as l(id, bundle, until, at) where p.id = l.id
                """,
                page.Id, bundle.First.Bundle, now + LeasedFor, now);
        if (!bundle.First.IsMostUrgent)
            yield return Rows.Of(
                """
                insert into page_targets (target_id, channel, sent_at)
                select target_id, channel, max(at) from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as t(target_id, channel, at) group by 1, 2 order by 1, 2
                on conflict (target_id, channel) do update set sent_at = excluded.sent_at
                """,
                bundle.First.TargetId, bundle.First.Channel, now);
    }

    /// <summary>The key is written before the page leaves: whoever sends it again finds it.</summary>
    static PageBundle WithKey(PageBundle bundle, DateTimeOffset now)
    {
        if (bundle.Pages.Count == 1 || bundle.First.Bundle is not null)
            return bundle;
        var key = Guid.CreateVersion7(now);
        return new PageBundle([.. bundle.Pages.Select(p => p with { Bundle = key })]);
    }

    /// <summary>What has become of a page without anything being sent now; null = it is to be sent.</summary>
    static SendOutcome? OutcomeOf(DuePage page) => page switch
    {
        { WaitsForReport: true, Channel: PageChannels.Console } => SendOutcome.NotSent("no-console-open"),
        { WaitsForReport: true } => SendOutcome.Failed("no-delivery-report"),
        { Current: false } => SendOutcome.NotSent("superseded"),
        // It may have gone out or not; where no life hangs on it, not twice.
        { State: AttemptStates.Sending, Urgency: not ("P0" or "P1") } => SendOutcome.Failed("outcome-unknown"),
        _ => null,
    };

    static async Task<Dictionary<(Guid, string), DateTimeOffset>> LastSentAsync(
        NpgsqlConnection connection, List<DuePage> due, DateTimeOffset now, CancellationToken cancel)
    {
        var last = new Dictionary<(Guid, string), DateTimeOffset>();
        if (due.All(p => p.IsMostUrgent))
            return last;
        await using var command = new NpgsqlCommand("select target_id, channel, sent_at from page_targets where target_id = any($1) and sent_at > $2", connection);
        command.Parameters.Add(Sql.Parameter(due.Select(p => p.TargetId).Distinct().ToArray()));
        command.Parameters.Add(Sql.Parameter(now - Bundling.Throttle));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            last[(reader.GetGuid(0), reader.GetString(1))] = reader.Time(2);
        return last;
    }

    static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select hotline_now()", connection);
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancel))!, TimeSpan.Zero);
    }
}
