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

namespace Hotline.Hosting.Shredding;

/// <summary><c>/api/v1/shreddings</c>: one person asks, another approves, and the content is gone for ever.</summary>
public static class ShredSubject
{
    public sealed record Request
    {
        public Guid? Subject { get; init; }
        [Code("shred-reason")] public string? ReasonCode { get; init; }
    }

    public sealed record Changed(Guid Id);

    public sealed record Item(Guid Id, Guid Subject, string ReasonCode, DateTimeOffset RequestedAt, DateTimeOffset? ApprovedAt, DateTimeOffset? DoneAt);

    static readonly string[] Persons = [Roles.Supervisor, Roles.FocalPoint, Roles.Administrator];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/shreddings", RequestAsync).RequireRole(Persons).Accepts<Request>("application/json").Produces<Changed>(201);
        routes.MapPost("/shreddings/{id:guid}/approve", ApproveAsync).RequireRole(Persons).Produces<Changed>();
        routes.MapGet("/shreddings", ListAsync).RequireRole(Persons).Produces<Page<Item>>();
        routes.MapGet("/retention/due", DueAsync).RequireRole(Persons).Produces<Page<DueSubject>>();
    }

    static async Task<IResult> RequestAsync(HttpContext http, NpgsqlDataSource database, ShreddedSubjects subjects, DatabaseClock clock, CancellationToken cancel)
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
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            if (await subjects.Keys(connection, subject, cancel) is not { } held)
                return Problems.Refuse("not-found");
            if (held.StillOpen)
                return Problems.Refuse("shredding.referral-open");
            var id = Guid.CreateVersion7(now);
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(Sql.Command(
                "insert into shreddings (id, subject, reason_code, requested_by, requested_at) values ($1, $2, $3, $4, $5)",
                id, subject, reason, http.Caller().AccountId, now));
            batch.BatchCommands.Add(Record("shredding.requested", http, subject, reason, now));
            if (key is not null)
                batch.BatchCommands.Add(key.Insert(id));
            try
            {
                await batch.ExecuteNonQueryAsync(cancel);
            }
            catch (PostgresException twice) when (twice.ConstraintName == "shreddings_open")
            {
                return Problems.Refuse("shredding.wrong-state");
            }
            await transaction.CommitAsync(cancel);
            return Created(id);
        }, before => Task.FromResult(Created(before.Id)), cancel);
    }

    static async Task<IResult> ApproveAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, ShreddedSubjects subjects, Shredder shredder, DatabaseClock clock, CancellationToken cancel)
    {
        await using (var connection = await database.OpenConnectionAsync(cancel))
        await using (var transaction = await connection.BeginTransactionAsync(cancel))
        {
            if (await LockAsync(connection, id, cancel) is not { } asked)
                return Problems.Refuse("not-found");
            if (asked.RequestedBy == http.Caller().AccountId)
                return Problems.Refuse("shredding.same-person");
            if (asked.Approved)
                return Problems.Refuse("shredding.wrong-state");
            if (await subjects.Keys(connection, asked.Subject, cancel) is not { StillOpen: false } held)
                return Problems.Refuse("shredding.referral-open");
            var now = await clock.NowAsync(cancel);
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(Sql.Command(
                "update shreddings set approved_by = $2, approved_at = $3, key_ids = $4 where id = $1", id, http.Caller().AccountId, now, held.Keys));
            batch.BatchCommands.Add(Record("shredding.approved", http, asked.Subject, asked.ReasonCode, now));
            await batch.ExecuteNonQueryAsync(cancel);
            await transaction.CommitAsync(cancel);
        }
        await shredder.FinishAsync(cancel);
        return Results.Ok(new Changed(id));
    }

    static async Task<IResult> ListAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var (paging, refusal) = Paging.Read(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        await using var command = database.CreateCommand(
            """
            select id, subject, reason_code, requested_at, approved_at, done_at from shreddings
            where (requested_at, id) < ($1, $2) order by requested_at desc, id desc limit $3
            """);
        paging!.Bind(command);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<Item>();
        while (await reader.ReadAsync(cancel))
            items.Add(new Item(
                reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.Time(3), reader.IsDBNull(4) ? null : reader.Time(4), reader.IsDBNull(5) ? null : reader.Time(5)));
        return Results.Ok(paging.Page(items, last => (last.RequestedAt, last.Id)));
    }

    static async Task<IResult> DueAsync(HttpContext http, NpgsqlDataSource database, ShreddedSubjects subjects, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return Portion.Answer(http, await subjects.Due(connection, cancel));
    }

    sealed record Asked(Guid Subject, string ReasonCode, Guid RequestedBy, bool Approved);

    static async Task<Asked?> LockAsync(NpgsqlConnection connection, Guid id, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select subject, reason_code, requested_by, approved_at is not null from shreddings where id = $1 for update", connection);
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? new Asked(reader.GetGuid(0), reader.GetString(1), reader.GetGuid(2), reader.GetBoolean(3)) : null;
    }

    static NpgsqlBatchCommand Record(string kind, HttpContext http, Guid subject, string reason, DateTimeOffset now) =>
        AuditRecord.About((Party)http.RequestServices.GetService(typeof(Party))!, subject, kind, http.Caller().Alias, now, reason).Insert();

    static IResult Created(Guid id) => Results.Created("/api/v1/shreddings", new Changed(id));
}
