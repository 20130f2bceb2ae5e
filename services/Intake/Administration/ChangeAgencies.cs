using Hotline.Console;
using Hotline.Console.Forms;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Administration;

/// <summary>An agency's row, as the hub knows it.</summary>
/// <param name="HasKeys">Whether the key directory has keys in force: without them nothing can be sealed for it.</param>
/// <param name="Open">Referrals that are open there.</param>
/// <param name="Before">What the newest change replaced; null where it was never changed.</param>
public sealed record AgencyLine(
    string Name, string Vi, string En, bool Enabled, DateTimeOffset? HeardAt, bool HasKeys, long Open, AgencyBefore? Before);

/// <summary>What an agency's row was until somebody changed it.</summary>
public sealed record AgencyBefore(Guid Change, DateTimeOffset At, string By, string Vi, string En, bool Enabled);

/// <summary>
/// <c>/administration/agencies</c>: what the hub calls each agency, and whether anything may be referred to it. Holds at
/// once. A further agency needs keys, databases and a broker user: <c>hotline agency add</c> makes them and its row.
/// </summary>
public static class ChangeAgencies
{
    const string Address = "/administration/agencies";

    /// <summary>A form with one button of each kind: names are changed, the agency switched off or on, or a change taken back.</summary>
    public sealed record AgencyForm
    {
        [Max(200)] public string? Vi { get; init; }
        [Max(200)] public string? En { get; init; }

        /// <summary><c>on</c> or <c>off</c>; nothing = the names are changed.</summary>
        [Max(3)] public string? Switch { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage(Address, (NpgsqlDataSource database, Envelope envelope, DatabaseClock clock, CancellationToken cancel) =>
            PageAsync(Typed.Nothing, null, database, envelope, clock, cancel)).RequireRole(Roles.Administrator);
        routes.MapForm($"{Address}/{{name}}", ChangeAsync).RequireRole(Roles.Administrator);
        routes.MapForm($"{Address}/{{name}}/undo", UndoAsync).RequireRole(Roles.Administrator);
    }

    static async Task<IResult> ChangeAsync(string name, HttpContext http, NpgsqlDataSource database, Envelope envelope, DatabaseClock clock, CancellationToken cancel)
    {
        var (form, typed) = await Typed.ReadAsync<AgencyForm>(http);
        var refusal = typed.Refusal ?? Check(form!)
            ?? await WriteAsync(name, http.Caller(), row => form!.Switch is { } turn ? row with { Enabled = turn == "on" } : row with { Vi = form.Vi!, En = form.En! }, database, clock, cancel);
        return refusal is null ? Results.LocalRedirect(Address) : await PageAsync(typed.Because(refusal), name, database, envelope, clock, cancel);
    }

    static async Task<IResult> UndoAsync(string name, HttpContext http, NpgsqlDataSource database, Envelope envelope, DatabaseClock clock, CancellationToken cancel)
    {
        var before = (await ReadAsync(database, envelope, await clock.NowAsync(cancel), cancel)).FirstOrDefault(a => a.Name == name)?.Before;
        var refusal = before is null
            ? new Refusal("not-found")
            : await WriteAsync(name, http.Caller(), _ => new Row(before.Vi, before.En, before.Enabled), database, clock, cancel);
        return refusal is null ? Results.LocalRedirect(Address) : await PageAsync(Typed.Nothing.Because(refusal), name, database, envelope, clock, cancel);
    }

    static async Task<IResult> PageAsync(Typed typed, string? of, NpgsqlDataSource database, Envelope envelope, DatabaseClock clock, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        return Pages.Show<AgenciesPage>(
            new { Lines = await ReadAsync(database, envelope, now, cancel), Typed = typed, Of = of },
            typed.Refusal is { } refusal ? Problems.StatusOf(refusal.Code) : StatusCodes.Status200OK);
    }

    static Refusal? Check(AgencyForm form) =>
        form.Switch is not null ? form.Switch is "on" or "off" ? null : Refusal.With("request.unknown-code", "at", "/switch")
        : form.Vi is null ? Refusal.With("request.malformed", "at", "/vi")
        : form.En is null ? Refusal.With("request.malformed", "at", "/en") : null;

    sealed record Row(string Vi, string En, bool Enabled);

    static async Task<Refusal?> WriteAsync(string name, Caller by, Func<Row, Row> change, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var find = new NpgsqlCommand("select name_vi, name_en, enabled from agencies where name = $1 for update", connection);
        find.Parameters.Add(Sql.Parameter(name));
        Row? row = null;
        await using (var reader = await find.ExecuteReaderAsync(cancel))
            if (await reader.ReadAsync(cancel))
                row = new Row(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2));
        if (row is null)
            return new Refusal("not-found");
        var changed = change(row);
        // The same form sent twice is one change.
        if (changed == row)
            return null;
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            "insert into agency_changes (id, agency, at, by, name_vi, name_en, enabled) values ($1, $2, $3, $4, $5, $6, $7)",
            Guid.CreateVersion7(now), name, now, by.Alias, row.Vi, row.En, row.Enabled));
        batch.BatchCommands.Add(Sql.Command("update agencies set name_vi = $2, name_en = $3, enabled = $4 where name = $1", name, changed.Vi, changed.En, changed.Enabled));
        batch.BatchCommands.Add(new AuditRecord { Kind = "agency.changed", At = now, Actor = by.Alias, Code = name }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        return null;
    }

    static async Task<IReadOnlyList<AgencyLine>> ReadAsync(NpgsqlDataSource database, Envelope envelope, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select a.name, a.name_vi, a.name_en, a.enabled, a.last_heartbeat_at, (select count(*) from referrals r where r.is_open and r.peer = a.name),
              c.id, c.at, c.by, c.name_vi, c.name_en, c.enabled
            from agencies a left join lateral (select * from agency_changes c where c.agency = a.name order by c.at desc, c.id desc limit 1) c on true
            order by a.name
            """);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var lines = new List<AgencyLine>();
        while (await reader.ReadAsync(cancel))
            lines.Add(new AgencyLine(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetBoolean(3), reader.IsDBNull(4) ? null : reader.Time(4),
                envelope.Directory.ActiveKey(reader.GetString(0), KeyUse.Encryption, now) is not null, reader.GetInt64(5),
                reader.IsDBNull(6) ? null : new AgencyBefore(
                    reader.GetGuid(6), reader.Time(7), reader.GetString(8), reader.GetString(9), reader.GetString(10), reader.GetBoolean(11))));
        return lines;
    }
}
