using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Referrals;

/// <summary><c>GET /api/v1/referrals/{id}/history</c>: what happened, by whom, when. The words of an event are opened for operators only.</summary>
public static class ReadHistory
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/referrals/{id:guid}/history", HandleAsync).RequireRole(Roles.Operator, Roles.Supervisor).Produces<Page<HistoryItem>>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, CancellationToken cancel)
    {
        if (await ReferralAnswer.FindAsync(database, id, cancel) is null)
            return Problems.Refuse(new Refusal("not-found"));
        var withWords = http.Caller().Roles.Contains(Roles.Operator);
        if (withWords)
            await ReferralHistory.RecordReadingAsync(database, id, http.Caller().Alias, await clock.NowAsync(cancel), cancel);
        var (page, refusal) = await ReferralHistory.ReadAsync(http, database, keys, id, withWords, cancel);
        return refusal is null ? Results.Ok(page) : Problems.Refuse(refusal);
    }
}
