using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Calls;

/// <summary><c>POST /api/v1/calls/{id}/complete</c>: the operator says what the call was. A completed call can still be amended.</summary>
public static class CompleteCall
{
    public sealed record Request
    {
        [Code("disposition")] public string? Disposition { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/calls/{id:guid}/complete", HandleAsync).RequireRole(Roles.Operator).Accepts<Request>("application/json").Produces<AmendCall.Amended>();

    static async Task<IResult> HandleAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request!.Disposition is null)
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/disposition"));
        var (version, bad) = Versions.Optional(http);
        if (bad is not null)
            return Problems.Refuse(bad);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            // Who named no version takes the call as it is: an autosave that was quicker is no reason to refuse.
            for (; ; )
                if (await CompleteAsync(key) is { } done)
                    return done;
        }, before => ReplayAsync(http, database, before, cancel), cancel);

        async Task<IResult?> CompleteAsync(IdempotencyKey? key)
        {
            if (await ReadCall.FindAsync(database, id, cancel) is not { } stored)
                return Problems.Refuse(new Refusal("not-found"));
            if (version is not null && version != stored.Version)
                return Problems.Refuse(new Refusal("version.stale"));
            var now = await clock.NowAsync(cancel);
            var dataKey = await keys.GetAsync(stored.KeyId, cancel);
            var call = stored.Open(dataKey) with { Disposition = request.Disposition };
            var audit = new AuditRecord
            {
                Kind = "call.completed",
                At = now,
                Actor = http.Caller().Alias,
                Call = id,
                Code = request.Disposition,
                Sha256 = Digest.Text(SealedCall.Commit(call, dataKey)),
            };
            return await AmendCall.SaveAsync(http, database, stored, call, dataKey, storage, "completed", now, cancel,
                key is null ? [audit.Insert()] : [audit.Insert(), key.Insert(id, stored.Version + 1, "completed")]) is { } stale
                ? version is null ? null : Problems.Refuse(stale)
                : Results.Ok(new AmendCall.Amended(id, stored.Reference, "completed", stored.Version + 1));
        }
    }

    static async Task<IResult> ReplayAsync(HttpContext http, NpgsqlDataSource database, AnsweredBefore before, CancellationToken cancel)
    {
        var stored = (await ReadCall.FindAsync(database, before.Id, cancel))!;
        http.SetETag(before.Version!.Value);
        return Results.Ok(new AmendCall.Amended(before.Id, stored.Reference, before.State!, before.Version.Value));
    }
}
