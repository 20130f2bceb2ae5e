using Hotline.Console;
using Hotline.Console.Forms;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Intake.Cases;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.OutsideSteps;

/// <summary>A step outside the four agencies that somebody has taken.</summary>
/// <param name="Person">Who answered there; null = not said.</param>
public sealed record OutsideStep(Guid Id, string Body, string DoneBy, DateTimeOffset DoneAt, string? Person);

/// <summary>
/// Steps outside the system, ticked off by name: the bodies of the list <c>outside-body</c> have no service of ours, so a
/// person tells them, says who answered, and signs for it.
/// </summary>
public static class TickOutsideStep
{
    sealed record StepForm
    {
        [Code("outside-body")] public string? Body { get; init; }
        [Max(200)] public string? Person { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapForm("/cases/{id:guid}/outside-steps", TickAsync).RequireRole(Roles.Operator);
        routes.MapForm("/cases/{id:guid}/outside-steps/{step:guid}/undo", UndoAsync).RequireRole(Roles.Operator);
    }

    /// <summary>What stands ticked on a case, oldest first.</summary>
    public static async Task<IReadOnlyList<OutsideStep>> ReadAsync(NpgsqlDataSource database, Guid caseId, DataKey key, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select s.id, s.body, coalesce(a.display_name, a.alias), s.done_at, s.person from outside_steps s join accounts a on a.id = s.done_by
            where s.case_id = $1 and s.undone_at is null order by s.done_at
            """);
        command.Parameters.Add(Sql.Parameter(caseId));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var steps = new List<OutsideStep>();
        while (await reader.ReadAsync(cancel))
            steps.Add(new OutsideStep(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.Time(3),
                reader.IsDBNull(4) ? null : key.OpenText(reader.GetFieldValue<byte[]>(4), PersonOf(reader.GetGuid(0)))));
        return steps;
    }

    static async Task<IResult> TickAsync(Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, CancellationToken cancel)
    {
        var (form, typed) = await Typed.ReadAsync<StepForm>(http);
        if (typed.Refusal is { } refusal)
            return Pages.Refuse(refusal);
        if (form!.Body is not { } body)
            return Pages.Refuse(Refusal.With("request.malformed", "at", "/body"));
        if (await ReadCase.FindAsync(database, id, cancel) is not { } found)
            return Pages.Refuse(new Refusal("not-found"));
        var (now, key) = (await clock.NowAsync(cancel), await keys.GetAsync(found.KeyId, cancel));
        var step = Guid.CreateVersion7(now);
        var by = http.Caller();
        await WriteAsync(database, new AuditRecord { Kind = "outside-step.taken", At = now, Actor = by.Alias, Case = id, Code = body }, Sql.Command(
            "insert into outside_steps (id, case_id, body, done_by, done_at, person) values ($1, $2, $3, $4, $5, $6::bytea) on conflict do nothing",
            step, id, body, by.AccountId, now, form.Person is { } person ? key.SealText(person, PersonOf(step)) : null), cancel);
        return Results.LocalRedirect($"/cases/{id}#outside");
    }

    static async Task<IResult> UndoAsync(Guid id, Guid step, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await WriteAsync(database, new AuditRecord { Kind = "outside-step.taken-back", At = now, Actor = http.Caller().Alias, Case = id }, Sql.Command(
            "update outside_steps set undone_by = $3, undone_at = $4 where id = $1 and case_id = $2 and undone_at is null", step, id, http.Caller().AccountId, now), cancel);
        return Results.LocalRedirect($"/cases/{id}#outside");
    }

    /// <summary>The change with its record; nothing of either where the change is there already.</summary>
    static async Task WriteAsync(NpgsqlDataSource database, AuditRecord done, NpgsqlBatchCommand change, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var first = new NpgsqlBatch(connection) { BatchCommands = { change } };
        if (await first.ExecuteNonQueryAsync(cancel) == 0)
            return;
        await using var record = new NpgsqlBatch(connection) { BatchCommands = { done.Insert() } };
        await record.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    static CellAddress PersonOf(Guid step) => new("outside_steps", step, "person", 1);
}
