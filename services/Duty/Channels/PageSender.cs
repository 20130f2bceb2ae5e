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
    NpgsqlDataSource database, ChannelDispatch dispatch, PageResults results, PageSignal signal, ILogger<PageSender> log) : BackgroundService
{
    static readonly TimeSpan Unsignalled = TimeSpan.FromMinutes(1);
    static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(5);

    /// <summary>Longer than two gateways may take together.</summary>
    public static TimeSpan Lease { get; } = TimeSpan.FromSeconds(60);
    const int MostAtOnce = 500;
    const int MostInFlight = 16;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var failures = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (await SendDueAsync(stop) == 0)
                    await signal.WaitAsync(Unsignalled, stop);
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

    /// <summary>One turn: claim, send, note what came of it.</summary>
    /// <returns>How many pages were looked at.</returns>
    public async Task<int> SendDueAsync(CancellationToken cancel)
    {
        var (claimed, bundles, plan) = await ClaimAsync(cancel);
        await Parallel.ForEachAsync(bundles, new ParallelOptions { MaxDegreeOfParallelism = MostInFlight, CancellationToken = cancel }, async (bundle, token) =>
        {
            SendOutcome outcome;
            try
            {
                outcome = await dispatch.SendAsync(bundle, plan, token);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException && !token.IsCancellationRequested)
            {
                // One page that cannot be written must not keep the others in the house.
                log.LogError("Page {Page} could not be sent: {Problem}", bundle.First.Key, failure.GetType().Name);
                outcome = SendOutcome.Failed("internal");
            }
            await results.NoteAsync(bundle.Pages, outcome, token);
        });
        return claimed;
    }

    async Task<(int Claimed, IReadOnlyList<PageBundle> Bundles, DutyPlan Plan)> ClaimAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var now = await NowAsync(connection, cancel);
        var due = await DuePage.LockAsync(connection, now, MostAtOnce, cancel);
        if (due.Count == 0)
            return (0, [], DefaultPlan.Of(null));
        var toSend = due.Where(p => p.Current && !p.WaitsForReport && !IsUnknownAndNotUrgent(p)).ToList();
        var last = await LastSentAsync(connection, toSend, now, cancel);
        var (bundles, putOff) = Bundling.Plan(toSend, p => last.GetValueOrDefault((p.TargetId, p.Channel)), now);

        await using var batch = new NpgsqlBatch(connection);
        foreach (var settled in due.Except(toSend))
            foreach (var command in PageResults.Settle([settled], OutcomeOf(settled), now))
                batch.BatchCommands.Add(command);
        if (putOff.Count > 0)
            batch.BatchCommands.Add(Sql.Command(
                "update page_attempts p set due_at = w.until from unnest($1, $2) as w(id, until) where p.id = w.id",
                putOff.Select(p => p.Page.Id).ToArray(), putOff.Select(p => p.Until.UtcDateTime).ToArray()));
        var leased = bundles.Select(b => WithKey(b, now)).ToList();
        foreach (var bundle in leased)
            batch.BatchCommands.Add(Sql.Command(
                "update page_attempts set state = 'sending', tries = tries + 1, bundle_id = $2, due_at = $3, sent_at = $4 where id = any($1)",
                bundle.Pages.Select(p => p.Id).ToArray(), bundle.First.Bundle, now + Lease, now));
        if (batch.BatchCommands.Count > 0)
            await batch.ExecuteNonQueryAsync(cancel);
        var plan = await DutyPlan.FindAsync(connection, now, cancel);
        await transaction.CommitAsync(cancel);
        return (due.Count, leased, plan);
    }

    /// <summary>The key is written before the page leaves: whoever sends it again finds it.</summary>
    static PageBundle WithKey(PageBundle bundle, DateTimeOffset now)
    {
        if (bundle.Pages.Count == 1 || bundle.First.Bundle is not null)
            return bundle;
        var key = Guid.CreateVersion7(now);
        return new PageBundle([.. bundle.Pages.Select(p => p with { Bundle = key })]);
    }

    /// <summary>It may have gone out or not; where no life hangs on it, not twice.</summary>
    static bool IsUnknownAndNotUrgent(DuePage page) => page.State == AttemptStates.Sending && page.Urgency is not ("P0" or "P1");

    static SendOutcome OutcomeOf(DuePage page) => page switch
    {
        { WaitsForReport: true, Channel: PageChannels.Console } => SendOutcome.NotSent("no-console-open"),
        { WaitsForReport: true } => SendOutcome.Failed("no-delivery-report"),
        { Current: false } => SendOutcome.NotSent("superseded"),
        _ => SendOutcome.Failed("outcome-unknown"),
    };

    static async Task<Dictionary<(Guid, string), DateTimeOffset?>> LastSentAsync(
        NpgsqlConnection connection, List<DuePage> due, DateTimeOffset now, CancellationToken cancel)
    {
        var last = new Dictionary<(Guid, string), DateTimeOffset?>();
        if (due.All(p => p.IsMostUrgent))
            return last;
        await using var command = new NpgsqlCommand(
            "select target_id, channel, max(sent_at) from page_attempts where target_id = any($1) and sent_at > $2 and urgency <> 'P0' group by 1, 2", connection);
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
