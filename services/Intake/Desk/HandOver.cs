using Hotline.Console;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Live;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Desk;

/// <summary>A hand-over at the change of shift.</summary>
public sealed record ShiftHandOver(Guid Id, string GivenBy, DateTimeOffset GivenAt, int Cases, string? TakenBy, DateTimeOffset? TakenAt, bool Own);

/// <summary><c>GET /hand-over</c>: who leaves signs the open work away, who comes signs for it and holds it by name. Codes only.</summary>
public static class HandOver
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/hand-over", HandleAsync).RequireRole(Roles.Operator);
        routes.MapForm("/hand-over", GiveAsync).RequireRole(Roles.Operator);
        routes.MapForm("/hand-over/{id:guid}/take", TakeAsync).RequireRole(Roles.Operator);
    }

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, DeskBoard board, CancellationToken cancel)
    {
        var view = await board.ReadAsync(cancel);
        await using var command = database.CreateCommand(
            """
            select h.id, coalesce(g.display_name, g.alias), h.given_at, cardinality(h.case_ids), coalesce(t.display_name, t.alias), h.taken_at, h.given_by = $1
            from hand_overs h join accounts g on g.id = h.given_by left join accounts t on t.id = h.taken_by order by h.given_at desc limit 20
            """);
        command.Parameters.Add(Sql.Parameter(http.Caller().AccountId));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var given = new List<ShiftHandOver>();
        while (await reader.ReadAsync(cancel))
            given.Add(new ShiftHandOver(
                reader.GetGuid(0), reader.GetString(1), reader.Time(2), reader.GetInt32(3), reader.Maybe<string>(4), reader.IsDBNull(5) ? null : reader.Time(5), reader.GetBoolean(6)));
        return Pages.Show<HandOverPage>(new { View = view, Given = (IReadOnlyList<ShiftHandOver>)given });
    }

    /// <summary>Everything that is open on the desk at this moment.</summary>
    static async Task<IResult> GiveAsync(HttpContext http, NpgsqlDataSource database, DeskBoard board, DatabaseClock clock, CancellationToken cancel)
    {
        var cases = (await board.ReadAsync(cancel)).Cases.Select(c => c.Id).OfType<Guid>().ToArray();
        var now = await clock.NowAsync(cancel);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command(
            "insert into hand_overs (id, given_by, given_at, case_ids) values ($1, $2, $3, $4)", Guid.CreateVersion7(now), http.Caller().AccountId, now, cases));
        batch.BatchCommands.Add(new AuditRecord { Kind = "shift.handed-over", At = now, Actor = http.Caller().Alias }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        return Results.LocalRedirect("/hand-over");
    }

    /// <summary>Another person than the one who gave: nobody hands over to himself.</summary>
    static async Task<IResult> TakeAsync(Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, Changes changes, CancellationToken cancel)
    {
        var (now, by) = (await clock.NowAsync(cancel), http.Caller());
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var take = new NpgsqlCommand(
            "update hand_overs set taken_by = $2, taken_at = $3 where id = $1 and taken_by is null and given_by <> $2 returning case_ids", connection);
        foreach (var value in new object[] { id, by.AccountId, now })
            take.Parameters.Add(Sql.Parameter(value));
        if (await take.ExecuteScalarAsync(cancel) is not Guid[] cases)
            return Pages.Refuse(new Refusal("not-found"));
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            """
            insert into desk_work (case_id, holder, taken_at) select unnest($1::uuid[]), $2, $3
            on conflict (case_id) do update set holder = $2, taken_at = $3
            """, cases, by.AccountId, now));
        batch.BatchCommands.Add(new AuditRecord { Kind = "shift.taken-over", At = now, Actor = by.Alias }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        changes.Raise(id);
        return Results.LocalRedirect("/hand-over");
    }
}
