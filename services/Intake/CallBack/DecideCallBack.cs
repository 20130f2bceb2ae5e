using Hotline.Console;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Live;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.CallBack;

/// <summary>A call that nobody may answer back until a supervisor has decided: codes and times.</summary>
public sealed record CallBackLine(
    Guid Call, string Reference, IReadOnlyList<string> Cases, string AskedBy, DateTimeOffset AskedAt, string? DecidedBy, DateTimeOffset? DecidedAt, bool? Allowed);

/// <summary>
/// <c>/call-backs</c>: where nobody could say whether ringing back is safe, a supervisor says so, after talking with who
/// took the call. The supervisor sees codes only. What was decided can be decided anew.
/// </summary>
public static class DecideCallBack
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/call-backs", ShowAsync).RequireRole(Roles.Supervisor);
        routes.MapForm("/call-backs/{id:guid}/allow", (Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, Changes changes, CancellationToken cancel) =>
            DecideAsync(id, true, http, database, clock, changes, cancel)).RequireRole(Roles.Supervisor);
        routes.MapForm("/call-backs/{id:guid}/refuse", (Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, Changes changes, CancellationToken cancel) =>
            DecideAsync(id, false, http, database, clock, changes, cancel)).RequireRole(Roles.Supervisor);
    }

    /// <summary>Asks once for a call; later askings change nothing.</summary>
    public static NpgsqlBatchCommand Ask(Guid call, Guid by, DateTimeOffset now) => Sql.Command(
        "insert into call_back_decisions (call_id, asked_by, asked_at) values ($1, $2, $3) on conflict do nothing", call, by, now);

    /// <summary>What is decided, or still waits; null where nobody has asked.</summary>
    public static async Task<CallBackLine?> FindAsync(NpgsqlDataSource database, Guid call, CancellationToken cancel) =>
        await ReadAsync(database, "d.call_id = $1", call, cancel) is [var line, ..] ? line : null;

    static async Task<IResult> ShowAsync(NpgsqlDataSource database, CancellationToken cancel) => Pages.Show<CallBacksPage>(new
    {
        Waiting = await ReadAsync(database, "$1::uuid is null and d.decided_at is null", null, cancel),
        Decided = await ReadAsync(database, "$1::uuid is null and d.decided_at is not null", null, cancel),
    });

    static async Task<IResult> DecideAsync(
        Guid id, bool allowed, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, Changes changes, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var decide = new NpgsqlCommand("update call_back_decisions set decided_by = $2, decided_at = $3, allowed = $4 where call_id = $1", connection);
        foreach (var value in new object[] { id, http.Caller().AccountId, now, allowed })
            decide.Parameters.Add(Sql.Parameter(value));
        if (await decide.ExecuteNonQueryAsync(cancel) == 0)
            return Pages.Refuse(new Refusal("not-found"));
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new AuditRecord { Kind = "call-back.decided", At = now, Actor = http.Caller().Alias, Call = id, Code = allowed ? "allowed" : "refused" }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        changes.Raise(id);
        return Results.LocalRedirect("/call-backs");
    }

    static async Task<IReadOnlyList<CallBackLine>> ReadAsync(NpgsqlDataSource database, string where, Guid? call, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            $"""
            select d.call_id, c.reference, array(select k.code from case_calls cc join cases k on k.id = cc.case_id where cc.call_id = c.id order by k.code),
              coalesce(a.display_name, a.alias), d.asked_at, coalesce(b.display_name, b.alias), d.decided_at, d.allowed
            from call_back_decisions d join calls c on c.id = d.call_id join accounts a on a.id = d.asked_by left join accounts b on b.id = d.decided_by
            where {where} order by d.decided_at desc, d.asked_at limit 100
            """);
        command.Parameters.Add(Sql.Parameter(call));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var lines = new List<CallBackLine>();
        while (await reader.ReadAsync(cancel))
            lines.Add(new CallBackLine(
                reader.GetGuid(0), reader.GetString(1), reader.GetFieldValue<string[]>(2), reader.GetString(3), reader.Time(4), reader.Maybe<string>(5),
                reader.IsDBNull(6) ? null : reader.Time(6), reader.Maybe<bool?>(7)));
        return lines;
    }
}
