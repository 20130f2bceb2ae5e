using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Hosting.BreakGlass;

/// <summary>
/// <c>/api/v1/break-glass</c>: one person asks, another approves, one case opens for at most an hour. Must stay true: it is
/// on record, and on its way to the other owner, before anything is shown; and nobody approves or reviews their own. The
/// database checks the two persons and the hour as well.
/// </summary>
public static class BreakGlass
{
    public sealed record Request
    {
        public Guid? Subject { get; init; }
        [Code("break-glass-reason")] public string? ReasonCode { get; init; }
    }

    public sealed record Review
    {
        public bool? Justified { get; init; }
    }

    public sealed record Item(
        Guid Id, Guid Subject, string ReasonCode, string RequestedBy, DateTimeOffset RequestedAt, string? ApprovedBy, DateTimeOffset? ApprovedAt,
        DateTimeOffset? ExpiresAt, DateTimeOffset? ClosedAt, string? ReviewedBy, DateTimeOffset? ReviewedAt, bool? Justified);

    public sealed record Changed(Guid Id);

    // An administrator reads no case, not even so.
    static readonly string[] Requesters = [Roles.Operator, Roles.Supervisor, Roles.DutyOfficer, Roles.FocalPoint];
    static readonly string[] Approvers = [Roles.Supervisor, Roles.FocalPoint];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/break-glass", RequestAsync).RequireRole(Requesters).Accepts<Request>("application/json").Produces<Changed>(201);
        routes.MapPost("/break-glass/{id:guid}/approve", ApproveAsync).RequireRole(Approvers).Produces<Changed>();
        routes.MapPost("/break-glass/{id:guid}/close", CloseAsync).RequireRole(Requesters).Produces<Changed>();
        routes.MapPost("/break-glass/{id:guid}/review", ReviewAsync).RequireRole(Approvers).Accepts<Review>("application/json").Produces<Changed>();
        routes.MapGet("/break-glass", ListAsync).RequireRole([.. Approvers, Roles.Administrator]).Produces<Page<Item>>();
    }

    static async Task<IResult> RequestAsync(HttpContext http, NpgsqlDataSource database, GlassSubjects subjects, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request is not { Subject: { } subject, ReasonCode: { } reason })
            return Problems.Refuse("request.malformed");
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            var now = await clock.NowAsync(cancel);
            await using var connection = await database.OpenConnectionAsync(cancel);
            if (!await subjects.Exists(connection, subject, cancel))
                return Problems.Refuse("not-found");
            var id = Guid.CreateVersion7(now);
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(Sql.Command(
                "insert into glass_breaks (id, subject, reason_code, requested_by, requested_at) values ($1, $2, $3, $4, $5)",
                id, subject, reason, http.Caller().AccountId, now));
            batch.BatchCommands.Add(Record("break-glass.requested", http, subject, reason, now));
            if (key is not null)
                batch.BatchCommands.Add(key.Insert(id));
            await batch.ExecuteNonQueryAsync(cancel);
            return Created(id);
        }, before => Task.FromResult(Created(before.Id)), cancel);
    }

    static async Task<IResult> ApproveAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, GlassSubjects subjects, DatabaseClock clock, OutboxSignal signal, CancellationToken cancel)
    {
        var (raw, refusal) = await RequestBody.ReadEmptyAsync(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        return await ChangeAsync(id, http, raw, database, clock, async (connection, glass, now) =>
        {
            if (glass.RequestedBy == http.Caller().AccountId)
                return ("break-glass.same-person", []);
            if (glass.Approved || glass.Closed)
                return ("break-glass.wrong-state", []);
            return (null,
            [
                Sql.Command(
                    "update glass_breaks set approved_by = $2, approved_at = $3, expires_at = $4 where id = $1", id, http.Caller().AccountId, now, now + OpenGlass.Lifetime),
                Record("break-glass.opened", http, glass.Subject, glass.ReasonCode, now),
                .. await subjects.Tell(connection, new OpenedGlass(id, glass.Subject, glass.ReasonCode, glass.Alias, http.Caller().Alias, now), cancel),
            ]);
        }, cancel, signal);
    }

    static async Task<IResult> CloseAsync(Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (raw, refusal) = await RequestBody.ReadEmptyAsync(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        return await ChangeAsync(id, http, raw, database, clock, (_, glass, now) => Task.FromResult<(string?, IReadOnlyList<NpgsqlBatchCommand>)>(
            glass.Closed ? ("break-glass.wrong-state", []) : (null, Close(glass, http, id, now))), cancel);
    }

    static async Task<IResult> ReviewAsync(Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Review>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request!.Justified is not { } justified)
            return Problems.Refuse("request.malformed");
        return await ChangeAsync(id, http, raw, database, clock, (_, glass, now) => Task.FromResult<(string?, IReadOnlyList<NpgsqlBatchCommand>)>(
            glass.RequestedBy == http.Caller().AccountId ? ("break-glass.same-person", [])
            : !glass.Approved || glass.Reviewed ? ("break-glass.wrong-state", [])
            : (null,
            [
                .. glass.Closed ? [] : Close(glass, http, id, now),
                Sql.Command("update glass_breaks set reviewed_by = $2, reviewed_at = $3, justified = $4 where id = $1", id, http.Caller().AccountId, now, justified),
                Record("break-glass.reviewed", http, glass.Subject, glass.ReasonCode, now),
            ])), cancel);
    }

    static NpgsqlBatchCommand[] Close(Glass glass, HttpContext http, Guid id, DateTimeOffset now) =>
    [
        Sql.Command("update glass_breaks set closed_at = $2 where id = $1", id, now),
        Record("break-glass.closed", http, glass.Subject, glass.ReasonCode, now),
    ];

    /// <summary>Lock, decide, write, once for each key.</summary>
    /// <param name="decide">A code, and nothing is written; or what is written.</param>
    static Task<IResult> ChangeAsync(
        Guid id, HttpContext http, ReadOnlyMemory<byte> raw, NpgsqlDataSource database, DatabaseClock clock,
        Func<NpgsqlConnection, Glass, DateTimeOffset, Task<(string? Code, IReadOnlyList<NpgsqlBatchCommand> Commands)>> decide, CancellationToken cancel, OutboxSignal? signal = null) =>
        Idempotency.OnceAsync(http, database, raw, async key =>
        {
            var now = await clock.NowAsync(cancel);
            await using var connection = await database.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            if (await LockAsync(connection, id, cancel) is not { } glass)
                return Problems.Refuse("not-found");
            var (code, commands) = await decide(connection, glass, now);
            if (code is not null)
                return Problems.Refuse(code);
            await using var batch = new NpgsqlBatch(connection);
            foreach (var command in commands)
                batch.BatchCommands.Add(command);
            if (key is not null)
                batch.BatchCommands.Add(key.Insert(id));
            await batch.ExecuteNonQueryAsync(cancel);
            await transaction.CommitAsync(cancel);
            signal?.Raise();
            return Results.Ok(new Changed(id));
        }, before => Task.FromResult(Results.Ok(new Changed(before.Id))), cancel);

    static async Task<IResult> ListAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var (paging, refusal) = Paging.Read(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        await using var command = database.CreateCommand(
            """
            select g.id, g.subject, g.reason_code, r.alias, g.requested_at, a.alias, g.approved_at, g.expires_at, g.closed_at, v.alias, g.reviewed_at, g.justified
            from glass_breaks g join accounts r on r.id = g.requested_by left join accounts a on a.id = g.approved_by left join accounts v on v.id = g.reviewed_by
            where (g.requested_at, g.id) < ($1, $2) order by g.requested_at desc, g.id desc limit $3
            """);
        paging!.Bind(command);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<Item>();
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        while (await reader.ReadAsync(cancel))
            items.Add(new Item(
                reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.Time(4), reader.Maybe<string>(5), Time(6), Time(7), Time(8),
                reader.Maybe<string>(9), Time(10), reader.Maybe<bool?>(11)));
        return Results.Ok(paging.Page(items, last => (last.RequestedAt, last.Id)));
    }

    sealed record Glass(Guid Subject, string ReasonCode, Guid RequestedBy, string Alias, bool Approved, bool Closed, bool Reviewed);

    static async Task<Glass?> LockAsync(NpgsqlConnection connection, Guid id, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select g.subject, g.reason_code, g.requested_by, a.alias, g.approved_at is not null, g.closed_at is not null, g.reviewed_at is not null
            from glass_breaks g join accounts a on a.id = g.requested_by where g.id = $1 for update of g
            """, connection);
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new Glass(reader.GetGuid(0), reader.GetString(1), reader.GetGuid(2), reader.GetString(3), reader.GetBoolean(4), reader.GetBoolean(5), reader.GetBoolean(6)) : null;
    }

    static NpgsqlBatchCommand Record(string kind, HttpContext http, Guid subject, string reason, DateTimeOffset now) =>
        AuditRecord.About((Party)http.RequestServices.GetService(typeof(Party))!, subject, kind, http.Caller().Alias, now, reason).Insert();

    static IResult Created(Guid id) => Results.Created("/api/v1/break-glass", new Changed(id));
}
