using System.Text;
using Hotline.Console;
using Hotline.Console.Forms;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Live;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Desk;

/// <summary>A hand-over at the change of shift.</summary>
/// <param name="Drafts">Unfinished calls of who left.</param>
/// <param name="Note">A word to who comes.</param>
public sealed record ShiftHandOver(
    Guid Id, string GivenBy, DateTimeOffset GivenAt, int Cases, IReadOnlyList<Draft> Drafts, string? Note, string? TakenBy, DateTimeOffset? TakenAt, bool Own);

/// <summary>
/// <c>GET /hand-over</c>: who leaves signs the open work away (cases, unfinished calls, a word), who comes signs for it and
/// holds it by name. Codes only, but for the word, which is sealed.
/// </summary>
public static class HandOver
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/hand-over", HandleAsync).RequireRole(Roles.Operator);
        routes.MapForm("/hand-over", GiveAsync).RequireRole(Roles.Operator);
        routes.MapForm("/hand-over/{id:guid}/take", TakeAsync).RequireRole(Roles.Operator);
    }

    sealed record HandOverForm
    {
        [Max(2000)] public string? Note { get; init; }
    }

    static Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, StorageKeys storage, DeskBoard board, CancellationToken cancel) =>
        PageAsync(Typed.Nothing, http, database, storage, board, cancel);

    static async Task<IResult> PageAsync(Typed typed, HttpContext http, NpgsqlDataSource database, StorageKeys storage, DeskBoard board, CancellationToken cancel) => Pages.Show<HandOverPage>(
        new
        {
            View = await board.ReadAsync(cancel),
            Drafts = await ShowDesk.DraftsAsync(http.Caller().AccountId, database, cancel),
            Given = await ReadAsync(http.Caller(), database, storage, cancel),
            Typed = typed,
        }, typed.Refusal is { } refusal ? Problems.StatusOf(refusal.Code) : StatusCodes.Status200OK);

    /// <summary>How many wait for a signature of this person: told on the desk.</summary>
    internal static async Task<long> WaitingForAsync(Guid account, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select count(*) from hand_overs where taken_by is null and given_by <> $1");
        command.Parameters.Add(Sql.Parameter(account));
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    static async Task<IReadOnlyList<ShiftHandOver>> ReadAsync(Caller caller, NpgsqlDataSource database, StorageKeys storage, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select h.id, coalesce(g.display_name, g.alias), h.given_at, cardinality(h.case_ids), coalesce(t.display_name, t.alias), h.taken_at, h.given_by = $1, h.note,
              array(select c.id from calls c where c.id = any(h.draft_ids) and c.status = 'draft' order by c.created_at),
              array(select c.reference from calls c where c.id = any(h.draft_ids) and c.status = 'draft' order by c.created_at), h.given_by
            from hand_overs h join accounts g on g.id = h.given_by left join accounts t on t.id = h.taken_by order by h.given_at desc limit 20
            """);
        command.Parameters.Add(Sql.Parameter(caller.AccountId));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var given = new List<ShiftHandOver>();
        while (await reader.ReadAsync(cancel))
            given.Add(new ShiftHandOver(
                reader.GetGuid(0), reader.GetString(1), reader.Time(2), reader.GetInt32(3),
                [.. reader.GetFieldValue<Guid[]>(8).Zip(reader.GetFieldValue<string[]>(9), (id, reference) => new Draft(id, reference, reader.Time(2)))],
                reader.IsDBNull(7) ? null : Encoding.UTF8.GetString(storage.OpenSecret(reader.GetFieldValue<byte[]>(7), NoteOf(reader.GetGuid(10)))),
                reader.Maybe<string>(4), reader.IsDBNull(5) ? null : reader.Time(5), reader.GetBoolean(6)));
        return given;
    }

    static string NoteOf(Guid givenBy) => $"hand_overs/{givenBy}/note";

    /// <summary>Everything that is open on the desk at this moment. Signed again before anybody took it over, it is the same hand-over as it stands now.</summary>
    static async Task<IResult> GiveAsync(
        HttpContext http, NpgsqlDataSource database, StorageKeys storage, DeskBoard board, DatabaseClock clock, CancellationToken cancel)
    {
        var (form, typed) = await Typed.ReadAsync<HandOverForm>(http);
        if (typed.Refusal is not null)
            return await PageAsync(typed, http, database, storage, board, cancel);
        var by = http.Caller();
        var drafts = (await ShowDesk.DraftsAsync(by.AccountId, database, cancel)).Select(d => d.Id).ToArray();
        var cases = (await board.ReadAsync(cancel)).Cases.Select(c => c.Id).OfType<Guid>().ToArray();
        var now = await clock.NowAsync(cancel);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command(
            """
            insert into hand_overs (id, given_by, given_at, case_ids, draft_ids, note) values ($1, $2, $3, $4, $5, $6::bytea)
            on conflict (given_by) where taken_by is null do update set given_at = $3, case_ids = $4, draft_ids = $5, note = $6::bytea
            """,
            Guid.CreateVersion7(now), by.AccountId, now, cases, drafts,
            form!.Note is { } note ? storage.SealSecret(Encoding.UTF8.GetBytes(note), NoteOf(by.AccountId)) : null));
        batch.BatchCommands.Add(new AuditRecord { Kind = "shift.handed-over", At = now, Actor = by.Alias }.Insert());
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
