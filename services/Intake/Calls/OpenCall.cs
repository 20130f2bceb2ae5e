using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Calls;

/// <summary><c>POST /api/v1/calls</c>: a call is a record from the first ring, as a draft on the server (R1).</summary>
public static class OpenCall
{
    public sealed record Opened(Guid Id, string Reference, long Version);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/calls", HandleAsync).RequireRole(Roles.Operator).Accepts<Call>("application/json").Produces<Opened>(StatusCodes.Status201Created);

    static async Task<IResult> HandleAsync(
        HttpContext http, NpgsqlDataSource database, DataKeys keys, StorageKeys storage, DatabaseClock clock, TimeProvider time, CancellationToken cancel)
    {
        var (call, raw, refusal) = await RequestBody.ReadAsync<Call>(http);
        if ((refusal ?? PersonIds.CheckUnnamed(call!) ?? await Agencies.CheckAsync(database, call!, cancel)) is { } refused)
            return Problems.Refuse(refused);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            return Answer(http, await WriteAsync(call!, http.Caller(), key, database, keys, storage, clock, time, cancel));
        }, before => ReplayAsync(http, database, before.Id, cancel), cancel);
    }

    internal static async Task<Opened> WriteAsync(
        Call call, Caller by, IdempotencyKey? key, NpgsqlDataSource database, DataKeys keys, StorageKeys storage, DatabaseClock clock, TimeProvider time,
        CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        var id = Guid.CreateVersion7(now);
        var dataKey = await keys.TakeAsync(cancel);
        var stored = SealedCall.Of(id, 1, PersonIds.Give(call, time), dataKey, storage);

        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command(
            """
            insert into calls (id, reference, disposition, key_id, content, caller_index, caller_number, created_by, created_at, updated_at)
            values ($1, $2 || (select lpad(n::text, greatest(6, length(n::text)), '0') from nextval('call_numbers') n), $3, $4, $5, $6, $7, $8, $9, $9)
            returning reference
            """,
            id, References.Prefix("HL", now), call.Disposition, dataKey.Id, stored.Content, (short?)stored.CallerIndex, stored.CallerNumber,
            by.AccountId, now));
        batch.BatchCommands.Add(CallTerms.Write(id, call, storage));
        batch.BatchCommands.Add(new AuditRecord { Kind = "call.logged", At = now, Actor = by.Alias, Call = id }.Insert());
        if (key is not null)
            batch.BatchCommands.Add(key.Insert(id));
        var reference = (string)(await batch.ExecuteScalarAsync(cancel))!;
        return new Opened(id, reference, 1);
    }

    static async Task<IResult> ReplayAsync(HttpContext http, NpgsqlDataSource database, Guid id, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select reference from calls where id = $1");
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return Answer(http, new Opened(id, reader.GetString(0), 1));
    }

    static IResult Answer(HttpContext http, Opened opened)
    {
        http.SetETag(opened.Version);
        return Results.Created($"/api/v1/calls/{opened.Id}", opened);
    }
}
