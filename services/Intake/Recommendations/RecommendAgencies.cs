using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Intake.Calls;
using Npgsql;

namespace Hotline.Intake.Recommendations;

/// <summary><c>POST /api/v1/recommendations</c>: what the rules advise on a call. It changes nothing and blocks nothing (R6).</summary>
public static class RecommendAgencies
{
    public sealed record Request
    {
        public Guid? CallId { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/recommendations", HandleAsync).RequireRole(Roles.Operator).Accepts<Request>("application/json").Produces<Advice>();

    static async Task<IResult> HandleAsync(
        HttpContext http, NpgsqlDataSource database, DataKeys keys, EarlierCalls earlier, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, _, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request!.CallId is not { } callId)
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/callId"));
        if (await ReadCall.FindAsync(database, callId, cancel) is not { } stored)
            return Problems.Refuse("not-found");

        var now = await clock.NowAsync(cancel);
        var call = stored.Open(await keys.GetAsync(stored.KeyId, cancel));
        var advice = Advice.On(new CallFacts(call, await earlier.OfAsync(callId, call, cancel), now), RuleBook.Current);
        await using var audit = database.CreateBatch();
        audit.BatchCommands.Add(new AuditRecord { Kind = "call.advised", At = now, Actor = http.Caller().Alias, Call = callId }.Insert());
        await audit.ExecuteNonQueryAsync(cancel);
        return Results.Ok(advice);
    }
}
