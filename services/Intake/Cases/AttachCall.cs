using System.Globalization;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Intake.Calls;
using Npgsql;

namespace Hotline.Intake.Cases;

/// <summary><c>POST /api/v1/cases/{id}/calls</c>: a further call about the same person or matter.</summary>
public static class AttachCall
{
    public sealed record Request
    {
        public Guid? CallId { get; init; }
    }

    public sealed record Attached(Guid Id, string Code, long Version, int Calls);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/cases/{id:guid}/calls", HandleAsync).RequireRole(Roles.Operator).Accepts<Request>("application/json").Produces<Attached>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request!.CallId is not { } callId)
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/callId"));
        var (version, bad) = Versions.Optional(http);
        if (bad is not null)
            return Problems.Refuse(bad);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            if (await ReadCall.FindAsync(database, callId, cancel) is null)
                return Problems.Refuse(new Refusal("not-found"));
            var now = await clock.NowAsync(cancel);
            await using var connection = await database.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            if (await LockAsync(connection, id, callId, cancel) is not { } found)
                return Problems.Refuse(new Refusal("not-found"));
            if (version is not null && version != found.Version)
                return Problems.Refuse("version.stale");
            await using var batch = new NpgsqlBatch(connection);
            if (!found.Already)
            {
                batch.BatchCommands.Add(Insert(id, callId, found.Calls + 1, http.Caller().AccountId, now));
                batch.BatchCommands.Add(Sql.Command("update cases set version = version + 1 where id = $1", id));
                batch.BatchCommands.Add(new AuditRecord { Kind = "case.call-attached", At = now, Actor = http.Caller().Alias, Case = id, Call = callId }.Insert());
                found = found with { Version = found.Version + 1, Calls = found.Calls + 1 };
            }
            if (key is not null)
                batch.BatchCommands.Add(key.Insert(id, found.Version, found.Calls.ToString(CultureInfo.InvariantCulture)));
            if (batch.BatchCommands.Count > 0)
                await batch.ExecuteNonQueryAsync(cancel);
            await transaction.CommitAsync(cancel);
            return Answer(http, new Attached(id, found.Code, found.Version, found.Calls));
        }, async before => Answer(http, await ReadAttachedAsync(database, before, cancel)), cancel);
    }

    static IResult Answer(HttpContext http, Attached attached)
    {
        http.SetETag(attached.Version);
        return Results.Ok(attached);
    }

    internal static NpgsqlBatchCommand Insert(Guid @case, Guid call, int position, Guid by, DateTimeOffset now) => Sql.Command(
        "insert into case_calls (case_id, call_id, position, attached_by, attached_at) values ($1, $2, $3, $4, $5)", @case, call, position, by, now);

    sealed record Found(string Code, long Version, int Calls, bool Already);

    static async Task<Attached> ReadAttachedAsync(NpgsqlDataSource database, AnsweredBefore before, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select code from cases where id = $1");
        command.Parameters.Add(Sql.Parameter(before.Id));
        var code = (string)(await command.ExecuteScalarAsync(cancel))!;
        return new Attached(before.Id, code, before.Version!.Value, int.Parse(before.State!, CultureInfo.InvariantCulture));
    }

    /// <summary>Two statements: what is counted in the one that waits for the lock is what was there before the wait.</summary>
    static async Task<Found?> LockAsync(NpgsqlConnection connection, Guid id, Guid callId, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command("select code, version from cases where id = $1 for update", id));
        batch.BatchCommands.Add(Sql.Command("select count(*)::int, coalesce(bool_or(call_id = $2), false) from case_calls where case_id = $1", id, callId));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
            return null;
        var (code, version) = (reader.GetString(0), reader.GetInt64(1));
        await reader.NextResultAsync(cancel);
        await reader.ReadAsync(cancel);
        return new Found(code, version, reader.GetInt32(0), reader.GetBoolean(1));
    }
}
