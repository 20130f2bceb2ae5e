using Hotline.Console;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Live;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Desk;

public sealed record Draft(Guid Id, string Reference, DateTimeOffset UpdatedAt);

/// <summary><c>GET /desk?all=</c>: what needs a person now, least time first. Codes only; it changes by itself.</summary>
public static class ShowDesk
{
    public const string Bell = "/desk/bell";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/desk", HandleAsync).RequireRole(Roles.Operator);
        routes.MapFragment("/desk/work", async (HttpContext http, DeskBoard board) =>
            Pages.Show<DeskWork>(new { View = await board.ReadAsync(http.RequestAborted), All = AsksForAll(http) })).RequireRole(Roles.Operator);
        routes.MapFragment("/desk/connections", async (DeskBoard board, CancellationToken cancel) =>
            Pages.Show<DeskConnections>(new { View = await board.ReadAsync(cancel) })).RequireRole(Roles.Operator);
        routes.MapFragment(Bell, async (DeskBoard board, CancellationToken cancel) =>
            Pages.Show<DeskBell>(new { (await board.ReadAsync(cancel)).Alarms })).RequireRole(Roles.Operator);
        routes.MapForm("/desk/cases/{id:guid}/take", TakeAsync).RequireRole(Roles.Operator);
        routes.MapForm("/desk/cases/{id:guid}/settle", SettleAsync).RequireRole(Roles.Operator);
    }

    static async Task<IResult> HandleAsync(HttpContext http, DeskBoard board, NpgsqlDataSource database, CancellationToken cancel)
    {
        var account = http.Caller().AccountId;
        return Pages.Show<DeskPage>(new
        {
            Drafts = await DraftsAsync(account, database, cancel),
            HandOvers = await HandOver.WaitingForAsync(account, database, cancel),
            View = await board.ReadAsync(cancel),
            All = AsksForAll(http),
        });
    }

    static bool AsksForAll(HttpContext http) => http.Request.Query["all"] == "1";

    /// <summary>Unfinished calls of this person: begun, or signed for at the change of shift and not handed on since.</summary>
    internal static async Task<IReadOnlyList<Draft>> DraftsAsync(Guid account, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select c.id, c.reference, c.updated_at from calls c where c.status = 'draft' and (
              c.created_by = $1 and not exists (select from hand_overs h where h.given_by = $1 and h.taken_by is not null and c.id = any(h.draft_ids))
              or c.id in (select unnest(h.draft_ids) from hand_overs h where h.taken_by = $1
                and not exists (select from hand_overs o where o.given_by = $1 and o.taken_by is not null and o.taken_at > h.taken_at)))
            order by c.created_at desc limit 20
            """);
        command.Parameters.Add(Sql.Parameter(account));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var drafts = new List<Draft>();
        while (await reader.ReadAsync(cancel))
            drafts.Add(new Draft(reader.GetGuid(0), reader.GetString(1), reader.Time(2)));
        return drafts;
    }

    /// <summary>By name: whoever takes a case answers for it at the desk, until another does.</summary>
    static Task<IResult> TakeAsync(Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, Changes changes, CancellationToken cancel) =>
        ChangeAsync(id, http, database, clock, changes, "desk.taken",
            """
            insert into desk_work (case_id, holder, taken_at) select id, $2, $3 from cases where id = $1
            on conflict (case_id) do update set holder = $2, taken_at = $3
            """, cancel);

    /// <summary>Dealt with outside the system, or there is nothing left to do.</summary>
    static Task<IResult> SettleAsync(Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, Changes changes, CancellationToken cancel) =>
        ChangeAsync(id, http, database, clock, changes, "desk.settled",
            """
            insert into desk_work (case_id, holder, taken_at, settled_at) select id, $2, $3, $3 from cases where id = $1
            on conflict (case_id) do update set settled_at = $3
            """, cancel);

    static async Task<IResult> ChangeAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, Changes changes, string kind, string statement, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(statement, id, http.Caller().AccountId, now));
        if (await batch.ExecuteNonQueryAsync(cancel) == 0)
            return Pages.Refuse(new Refusal("not-found"));
        await using var audit = new NpgsqlBatch(connection);
        audit.BatchCommands.Add(new AuditRecord { Kind = kind, At = now, Actor = http.Caller().Alias, Case = id }.Insert());
        await audit.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        changes.Raise(id);
        return Results.LocalRedirect("/desk");
    }
}
