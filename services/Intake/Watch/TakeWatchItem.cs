using Hotline.Console;
using Hotline.Contracts;
using Hotline.Duty.Channels;
using Hotline.Duty.Escalations;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Live;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Watch;

/// <summary><c>POST /api/v1/watch/{id}/take</c>: this person looks after it, and the shift supervisor is paged no more. Whoever comes second is told who has it.</summary>
public sealed class TakeWatchItem(NpgsqlDataSource database, DatabaseClock clock, Changes changes)
{
    public sealed record Answer(Guid Id, string TakenBy, DateTimeOffset TakenAt, long Version);

    /// <summary>Of the button that stands beside an alarm.</summary>
    public const string Form = "/watch/take";

    /// <summary>The field of the form that says that it was pressed on the supervisor's board.</summary>
    public const string OnBoard = "board";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/watch/{id:guid}/take", HandleAsync).RequireRole(Roles.Operator, Roles.Supervisor).Produces<Answer>();

    public static void MapButton(IEndpointRouteBuilder routes) =>
        routes.MapForm(Form, PressedAsync).RequireRole(Roles.Operator, Roles.Supervisor);

    /// <summary>Whoever comes second changes nothing: the screen shows who has it.</summary>
    static async Task<IResult> PressedAsync(HttpContext http, TakeWatchItem use, CancellationToken cancel)
    {
        var form = await http.ReadFormBodyAsync();
        foreach (var item in form["item"])
            if (Guid.TryParse(item, out var id))
                await use.TakeAsync(id, null, http.Caller().AccountId, http.Caller().Alias, cancel);
        return Results.LocalRedirect(form[OnBoard].Count > 0 ? "/board" : "/desk");
    }

    static Task<IResult> HandleAsync(Guid id, HttpContext http, TakeWatchItem use, CancellationToken cancel) => use.TakeOnceAsync(id, http, cancel);

    async Task<IResult> TakeOnceAsync(Guid id, HttpContext http, CancellationToken cancel)
    {
        var (version, bad) = Versions.Optional(http);
        var (raw, refusal) = await RequestBody.ReadEmptyAsync(http);
        if ((bad ?? refusal) is { } refused)
            return Problems.Refuse(refused);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            var (answer, denied) = await TakeAsync(id, version, http.Caller().AccountId, http.Caller().Alias, cancel, key);
            return denied is null ? Results.Ok(answer) : Problems.Refuse(denied);
        }, async before => Results.Ok(await ReadAsync(before, http.Caller().Alias, cancel)), cancel);
    }

    /// <summary>Who took it keeps it.</summary>
    async Task<Answer> ReadAsync(AnsweredBefore before, string alias, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select taken_at from watch_items where id = $1");
        command.Parameters.Add(Sql.Parameter(before.Id));
        return new Answer(before.Id, alias, new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancel))!, TimeSpan.Zero), before.Version!.Value);
    }

    /// <summary>A supervisor who was paged presses the key.</summary>
    public async Task<KeyPressAnswer> KeyPressedAsync(Guid page, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select e.subject_id, a.id, a.alias from page_attempts p join escalations e on e.id = p.escalation_id
            join accounts a on a.id = p.target_id and a.disabled_at is null
            where p.id = $1 and e.kind = 'watch' and p.target_kind = 'Person' and p.generation = e.generation and e.status = 'paging'
            """);
        command.Parameters.Add(Sql.Parameter(page));
        (Guid Item, Guid Account, string Alias) found;
        await using (var reader = await command.ExecuteReaderAsync(cancel))
        {
            if (!await reader.ReadAsync(cancel))
                return new KeyPressAnswer(false, null);
            found = (reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2));
        }
        var (answer, refusal) = await TakeAsync(found.Item, null, found.Account, found.Alias, cancel);
        return new KeyPressAnswer(refusal is null, answer?.TakenBy ?? refusal?.Details?["by"] as string);
    }

    internal async Task<(Answer?, Refusal?)> TakeAsync(Guid id, long? version, Guid account, string alias, CancellationToken cancel, IdempotencyKey? key = null)
    {
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        if (await LockAsync(connection, id, cancel) is not { } item)
            return (null, new Refusal("not-found"));
        if (version is not null && version != item.Version)
            return (null, new Refusal("version.stale"));
        if (item.TakenBy is { } taken)
            return (null, Refusal.With("watch.taken", "by", taken));
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            "update watch_items set taken_by = $2, taken_at = $3, page_at = null, version = version + 1 where id = $1 returning taken_at", id, account, now));
        if (key is not null)
            batch.BatchCommands.Add(key.Insert(id, item.Version + 1));
        // As it is kept: a request that is sent again gets the same.
        var takenAt = new DateTimeOffset((DateTime)(await batch.ExecuteScalarAsync(cancel))!, TimeSpan.Zero);
        await EscalationChange.ApplyAsync(connection, id, new EscalationEvent.Ended(), now, cancel);
        await WatchItems.RecordAsync(connection, "watch.taken", alias, item.Referral, item.Code, now, cancel);
        await transaction.CommitAsync(cancel);
        changes.Raise(WatchItems.Topic);
        return (new Answer(id, alias, takenAt, item.Version + 1), null);
    }

    sealed record Locked(string Code, Guid? Referral, long Version, string? TakenBy);

    static async Task<Locked?> LockAsync(NpgsqlConnection connection, Guid id, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "select code, referral_id, version, (select alias from accounts a where a.id = taken_by) from watch_items where id = $1 and cleared_at is null for update", connection);
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? new Locked(reader.GetString(0), reader.Maybe<Guid?>(1), reader.GetInt64(2), reader.Maybe<string>(3)) : null;
    }
}
