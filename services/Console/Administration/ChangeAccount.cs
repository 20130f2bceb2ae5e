using Hotline.Console.Forms;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Console.Administration;

/// <summary>What an administrator does to an account that exists: close and open it, give it roles, help after a lost telephone, take an act back.</summary>
static class ChangeAccount
{
    sealed record RolesForm
    {
        public IReadOnlyList<string>? Roles { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapForm($"{ShowAccounts.Address}/{{id:guid}}/disable", (Guid id, HttpContext http, AccountChanges changes, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
            AnswerAsync(id, changes.DisableAsync(http.Caller(), id, null, cancel), database, clock, cancel)).RequireRole(Roles.Administrator);
        routes.MapForm($"{ShowAccounts.Address}/{{id:guid}}/enable", (Guid id, HttpContext http, AccountChanges changes, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
            AnswerAsync(id, changes.EnableAsync(http.Caller(), id, cancel), database, clock, cancel)).RequireRole(Roles.Administrator);
        routes.MapForm($"{ShowAccounts.Address}/{{id:guid}}/roles", RolesAsync).RequireRole(Roles.Administrator);
        routes.MapForm($"{ShowAccounts.Address}/{{id:guid}}/reset", ResetAsync).RequireRole(Roles.Administrator);
        routes.MapForm("/administration/changes/{id:guid}/undo", UndoAsync).RequireRole(Roles.Administrator);
    }

    /// <summary>Back to the account, or the account with the reason why nothing was done.</summary>
    public static async Task<IResult> AnswerAsync(Guid account, Task<Refusal?> act, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        await act is { } refusal
            ? await ShowAccount.PageAsync(account, Typed.Nothing.Because(refusal), null, database, clock, cancel)
            : Results.LocalRedirect($"{ShowAccounts.Address}/{account}");

    static async Task<IResult> RolesAsync(Guid id, HttpContext http, AccountChanges changes, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (form, typed) = await Typed.ReadAsync<RolesForm>(http);
        var refusal = typed.Refusal ?? await changes.ChangeRolesAsync(http.Caller(), id, form!.Roles ?? [], cancel);
        return refusal is null
            ? Results.LocalRedirect($"{ShowAccounts.Address}/{id}")
            : await ShowAccount.PageAsync(id, typed.Because(refusal), "roles", database, clock, cancel);
    }

    static async Task<IResult> ResetAsync(Guid id, HttpContext http, AccountChanges changes, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (password, refusal) = await changes.ResetSecondFactorAsync(http.Caller(), id, cancel);
        if (refusal is not null)
            return await ShowAccount.PageAsync(id, Typed.Nothing.Because(refusal), null, database, clock, cancel);
        await using var command = database.CreateCommand("select user_name from accounts where id = $1");
        command.Parameters.Add(Sql.Parameter(id));
        return Pages.Show<PasswordPage>(new { Account = id, UserName = (string)(await command.ExecuteScalarAsync(cancel))!, Password = password! });
    }

    static async Task<IResult> UndoAsync(Guid id, HttpContext http, AccountUndo undo, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (account, refusal) = await undo.UndoAsync(http.Caller(), id, cancel);
        return account is { } known ? await AnswerAsync(known, Task.FromResult(refusal), database, clock, cancel) : Pages.Refuse(refusal!);
    }
}
