using Hotline.Console.Forms;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Console.Administration;

/// <summary>A designation with its document, as it was given and taken.</summary>
public sealed record DesignationLine(
    Guid Id, string DocumentNumber, DateTimeOffset From, DateTimeOffset? Until, string GivenBy, DateTimeOffset GivenAt, DateTimeOffset? RevokedAt, string? RevokedBy);

/// <summary>A session that is open.</summary>
public sealed record SessionLine(Guid Id, Guid Account, string UserName, string? Client, DateTimeOffset CreatedAt, DateTimeOffset? LastActiveAt, DateTimeOffset ExpiresAt);

/// <summary>What was done to the account, and whether it can be taken back.</summary>
public sealed record ChangeLine(Guid Id, DateTimeOffset At, string By, string Kind, bool Undoable);

/// <summary>Everything about one account that an administrator may know.</summary>
public sealed record AccountView(
    DateTimeOffset At, AccountLine Line, string? Title, IReadOnlyList<DesignationLine> Designations, IReadOnlyList<SessionLine> Sessions, IReadOnlyList<ChangeLine> Changes);

/// <summary><c>GET /administration/accounts/{id}</c>.</summary>
static class ShowAccount
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPage($"{ShowAccounts.Address}/{{id:guid}}", HandleAsync).RequireRole(Roles.Administrator);

    static Task<IResult> HandleAsync(Guid id, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        PageAsync(id, Typed.Nothing, null, database, clock, cancel);

    /// <summary>The page, perhaps with what was typed into one of its forms and why it was not taken.</summary>
    /// <param name="form">Which form: <c>roles</c>, <c>designation</c>; null = none of them.</param>
    public static async Task<IResult> PageAsync(Guid id, Typed typed, string? form, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        await ReadAsync(id, database, clock, cancel) is { } view
            ? Pages.Show<AdministerAccountPage>(new { View = view, Typed = typed, Form = form }, typed.Refusal is { } refusal ? Problems.StatusOf(refusal.Code) : StatusCodes.Status200OK)
            : Pages.Refuse(new Refusal("not-found"));

    static async Task<AccountView?> ReadAsync(Guid id, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command($"select {ShowAccounts.Columns}, a.title from accounts a where a.id = $1", id));
        batch.BatchCommands.Add(Sql.Command(
            "select id, document_number, valid_from, valid_until, granted_by, granted_at, revoked_at, revoked_by from designations where account_id = $1 order by granted_at desc limit 50", id));
        batch.BatchCommands.Add(Sql.Command($"{ShowSessions.Select} and s.account_id = $1 order by s.created_at desc limit 50", id));
        batch.BatchCommands.Add(Sql.Command(
            $"select c.id, c.at, c.by, c.kind, {AccountUndo.Possible} from account_changes c where c.account_id = $1 order by c.at desc, c.id desc limit 50", id));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
            return null;
        var (line, title) = (ShowAccounts.Read(reader), reader.Maybe<string>(10));
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        var designations = await AllAsync(reader, () => new DesignationLine(
            reader.GetGuid(0), reader.GetString(1), reader.Time(2), Time(3), reader.GetString(4), reader.Time(5), Time(6), reader.Maybe<string>(7)), cancel);
        var sessions = await AllAsync(reader, () => ShowSessions.Read(reader), cancel);
        var changes = await AllAsync(reader, () => new ChangeLine(reader.GetGuid(0), reader.Time(1), reader.GetString(2), reader.GetString(3), reader.GetBoolean(4)), cancel);
        return new AccountView(await clock.NowAsync(cancel), line, title, designations, sessions, changes);
    }

    /// <summary>The rows of the batch's next answer.</summary>
    static async Task<IReadOnlyList<T>> AllAsync<T>(NpgsqlDataReader reader, Func<T> read, CancellationToken cancel)
    {
        await reader.NextResultAsync(cancel);
        var all = new List<T>();
        while (await reader.ReadAsync(cancel))
            all.Add(read());
        return all;
    }
}
