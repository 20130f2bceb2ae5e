using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Intake.Calls;
using Npgsql;

namespace Hotline.Intake.Cases;

/// <summary><c>POST /api/v1/cases</c>: a case for one victim of a call, also while the call is still open (R7).</summary>
public static class OpenCase
{
    public sealed record Request
    {
        public Guid? CallId { get; init; }
        public Guid? PersonId { get; init; }
    }

    public sealed record Opened(Guid Id, string Code, long Version);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/cases", HandleAsync).RequireRole(Roles.Operator).Accepts<Request>("application/json").Produces<Opened>(StatusCodes.Status201Created);

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request!.CallId is not { } callId)
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/callId"));
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            if (await ReadCall.FindAsync(database, callId, cancel) is not { } stored)
                return Problems.Refuse(new Refusal("not-found"));
            if (request.PersonId is { } person && !(stored.Open(await keys.GetAsync(stored.KeyId, cancel)).Persons ?? []).Any(p => p.Id == person))
                return Problems.Refuse(Refusal.With("not-found", "at", "/personId"));

            var now = await clock.NowAsync(cancel);
            var id = Guid.CreateVersion7(now);
            var dataKey = await keys.TakeAsync(cancel);
            var code = await NextCodeAsync(database, now, cancel);
            await using var batch = database.CreateBatch();
            batch.BatchCommands.Add(Sql.Command(
                "insert into cases (id, code, key_id, person_id, created_by, created_at) values ($1, $2, $3, $4, $5, $6)",
                id, code, dataKey.Id, request.PersonId, http.Caller().AccountId, now));
            batch.BatchCommands.Add(AttachCall.Insert(id, callId, 1, http.Caller().AccountId, now));
            // The code as well: a bundle's head says which case it is about, and is signed by nobody.
            batch.BatchCommands.Add(new AuditRecord { Kind = "case.created", At = now, Actor = http.Caller().Alias, Case = id, Call = callId, Code = code }.Insert());
            if (key is not null)
                batch.BatchCommands.Add(key.Insert(id));
            await batch.ExecuteNonQueryAsync(cancel);
            return Answer(http, new Opened(id, code, 1));
        }, async before => Answer(http, await FindAsync(database, before.Id, cancel)), cancel);
    }

    static async Task<string> NextCodeAsync(NpgsqlDataSource database, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select nextval('case_numbers')");
        return $"{References.Prefix("MBN", now)}{(long)(await command.ExecuteScalarAsync(cancel))!:D6}";
    }

    static IResult Answer(HttpContext http, Opened opened)
    {
        http.SetETag(opened.Version);
        return Results.Created($"/api/v1/cases/{opened.Id}", opened);
    }

    static async Task<Opened> FindAsync(NpgsqlDataSource database, Guid id, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select code from cases where id = $1");
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new Opened(id, reader.GetString(0), 1);
    }
}
