using Hotline.Console;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Hotline.Intake.CallBack;
using Hotline.Intake.Desk;
using Hotline.Intake.OutsideSteps;
using Hotline.Intake.Recommendations;
using Npgsql;

namespace Hotline.Intake.Cases;

/// <summary>A line of the case's one timeline.</summary>
public sealed record CaseEvent(HistoryItem Item, string AgencyVi, string AgencyEn);

/// <summary>What changes while the case is looked at.</summary>
/// <param name="Address">Where the page asks for it again.</param>
public sealed record CaseStanding(DateTimeOffset At, IReadOnlyList<DeskLine> Lines, IReadOnlyList<CaseEvent> Events, string Address);

/// <summary><c>GET /cases/{id}</c>: the file, its strips and one timeline of everything, both ways. Every reading is recorded.</summary>
public static class ShowCase
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/cases", () => Pages.Show<FindCasePage>()).RequireRole(Roles.Operator);
        routes.MapPage("/cases/{id:guid}", HandleAsync).RequireRole(Roles.Operator).OrBreakGlass().WithMetadata(CaseGlass.Place.Instead);
        routes.MapFragment("/cases/{id:guid}/standing", async (Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, DeskBoard board, CancellationToken cancel) =>
            Pages.Show<CaseStandingPart>(new { Id = id, Standing = await StandingAsync(id, http, database, keys, clock, board, cancel) })).RequireRole(Roles.Operator).OrBreakGlass();
    }

    static async Task<IResult> HandleAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, DeskBoard board, EarlierCalls earlier, CancellationToken cancel)
    {
        if (await ReadCase.FindAsync(database, id, cancel) is not { } found)
            return Pages.Refuse(new Refusal("not-found"));
        var file = await found.FileAsync(keys, cancel);
        var (now, newest) = (await clock.NowAsync(cancel), found.Calls[^1]);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new AuditRecord { Kind = "case.opened", At = now, Actor = http.Caller().Alias, Case = id }.Insert());
        // Nobody could say whether ringing back is safe: that waits for a supervisor, who hears of it here.
        if (file.Safety is not { SafeToCallBack: not null } && http.Caller().Roles.Contains(Roles.Operator))
            batch.BatchCommands.Add(DecideCallBack.Ask(newest.Id, http.Caller().AccountId, now));
        await batch.ExecuteNonQueryAsync(cancel);
        var call = newest.Open(await keys.GetAsync(newest.KeyId, cancel));
        return Pages.Show<CasePage>(new
        {
            Case = found,
            File = file,
            Standing = await StandingAsync(id, http, database, keys, clock, board, cancel),
            Steps = await TickOutsideStep.ReadAsync(database, id, await keys.GetAsync(found.KeyId, cancel), cancel),
            Advised = Advice.On(new CallFacts(call, await earlier.OfAsync(newest.Id, call, cancel), now), RuleBook.Current).OutsideFour,
            Decision = await DecideCallBack.FindAsync(database, newest.Id, cancel),
        });
    }

    /// <summary>What changes by itself on an open page is no new reading: only histories that this session was not shown yet are recorded.</summary>
    static async Task<CaseStanding> StandingAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, DeskBoard board, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        var clocks = await board.ClocksAsync(now, cancel);
        var lines = new List<DeskLine>();
        await using (var command = database.CreateCommand($"{DeskReferral.Select} where r.case_id = $1 order by r.created_at"))
        {
            command.Parameters.Add(Sql.Parameter(id));
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
                if (DeskReferral.Read(reader) is var referral)
                    lines.Add(new DeskLine(referral, Desk.Standing.Of(referral, clocks, now)));
        }
        var events = new List<CaseEvent>();
        var shown = ShownHistories.In(http, id);
        foreach (var (referral, _) in lines)
        {
            if (!shown.Contains(referral.Id))
                await ReferralHistory.RecordReadingAsync(database, referral.Id, http.Caller().Alias, now, cancel);
            events.AddRange(((await ReferralHistory.ReadAsync(http, database, keys, referral.Id, withWords: true, cancel)).Page?.Items ?? [])
                .Select(item => new CaseEvent(item, referral.AgencyVi, referral.AgencyEn)));
        }
        var address = $"/cases/{id}/standing{ShownHistories.Query(http, id, [.. lines.Select(l => l.Referral.Id)])}";
        return new CaseStanding(now, lines, [.. events.OrderByDescending(e => e.Item.At)], address);
    }
}
