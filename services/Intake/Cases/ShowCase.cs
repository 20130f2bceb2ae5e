using Hotline.Console;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Hotline.Intake.Desk;
using Npgsql;

namespace Hotline.Intake.Cases;

/// <summary>A line of the case's one timeline.</summary>
public sealed record CaseEvent(HistoryItem Item, string AgencyVi, string AgencyEn);

/// <summary>What changes while the case is looked at.</summary>
public sealed record CaseStanding(DateTimeOffset At, IReadOnlyList<DeskLine> Lines, IReadOnlyList<CaseEvent> Events);

/// <summary><c>GET /cases/{id}</c>: the file, its strips and one timeline of everything, both ways. Every reading is recorded.</summary>
public static class ShowCase
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/cases", () => Pages.Show<FindCasePage>()).RequireRole(Roles.Operator);
        routes.MapPage("/cases/{id:guid}", HandleAsync).RequireRole(Roles.Operator);
        routes.MapFragment("/cases/{id:guid}/standing", async (Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, DeskBoard board, CancellationToken cancel) =>
            Pages.Show<CaseStandingPart>(new { Id = id, Standing = await StandingAsync(id, http, database, keys, clock, board, cancel) })).RequireRole(Roles.Operator);
    }

    static async Task<IResult> HandleAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, DeskBoard board, CancellationToken cancel)
    {
        if (await ReadCase.FindAsync(database, id, cancel) is not { } found)
            return Pages.Refuse(new Refusal("not-found"));
        var file = await found.FileAsync(keys, cancel);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new AuditRecord { Kind = "case.opened", At = await clock.NowAsync(cancel), Actor = http.Caller().Alias, Case = id }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        return Pages.Show<CasePage>(new { Case = found, File = file, Standing = await StandingAsync(id, http, database, keys, clock, board, cancel) });
    }

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
        foreach (var (referral, _) in lines)
        {
            await ReferralHistory.RecordReadingAsync(database, referral.Id, http.Caller().Alias, now, cancel);
            events.AddRange(((await ReferralHistory.ReadAsync(http, database, keys, referral.Id, withWords: true, cancel)).Page?.Items ?? [])
                .Select(item => new CaseEvent(item, referral.AgencyVi, referral.AgencyEn)));
        }
        return new CaseStanding(now, lines, [.. events.OrderByDescending(e => e.Item.At)]);
    }
}
