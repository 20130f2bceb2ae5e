using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.CallBack;

/// <summary><c>POST /api/v1/calls/{id}/call-back-code</c>: a code for the reporter, said once. A new one replaces the one before.</summary>
public static class GiveCallBackCode
{
    /// <param name="Code">Null in the answer to a request that is sent again: it is said once.</param>
    public sealed record Given(Guid Id, string? Code);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/calls/{id:guid}/call-back-code", HandleAsync).RequireRole(Roles.Operator).Produces<Given>(StatusCodes.Status201Created);

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        var (raw, refusal) = await RequestBody.ReadEmptyAsync(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            var (code, now) = (CallBackCode.Make(), await clock.NowAsync(cancel));
            await using var connection = await database.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            await using var give = new NpgsqlCommand(
                """
                insert into call_back_codes (call_id, code_mac, given_by, given_at) select id, $2, $3, $4 from calls where id = $1 and shredded_at is null
                on conflict (call_id) do update set code_mac = $2, given_by = $3, given_at = $4
                """, connection);
            foreach (var value in new object[] { id, CallBackCode.Mac(storage, code), http.Caller().AccountId, now })
                give.Parameters.Add(Sql.Parameter(value));
            if (await give.ExecuteNonQueryAsync(cancel) == 0)
                return Problems.Refuse("not-found");
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(new AuditRecord { Kind = "call-back-code.given", At = now, Actor = http.Caller().Alias, Call = id }.Insert());
            if (key is not null)
                batch.BatchCommands.Add(key.Insert(id));
            await batch.ExecuteNonQueryAsync(cancel);
            await transaction.CommitAsync(cancel);
            return Answer(id, code);
        }, before => Task.FromResult(Answer(before.Id, null)), cancel);
    }

    static IResult Answer(Guid id, string? code) => Results.Created($"/api/v1/calls/{id}", new Given(id, code));
}
