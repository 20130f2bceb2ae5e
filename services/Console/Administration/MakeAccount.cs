using Hotline.Console.Forms;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Console.Administration;

/// <summary>
/// <c>/administration/accounts/new</c>: an account with a password that is said once. The second factor is its owner's own:
/// it is enrolled on the screen at the first sign-in, and no administrator ever sees it.
/// </summary>
static class MakeAccount
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage($"{ShowAccounts.Address}/new", () => Pages.Show<NewAccountPage>()).RequireRole(Roles.Administrator);
        routes.MapForm(ShowAccounts.Address, HandleAsync).RequireRole(Roles.Administrator);
    }

    static async Task<IResult> HandleAsync(HttpContext http, AccountChanges changes, CancellationToken cancel)
    {
        var (request, typed) = await Typed.ReadAsync<Hosting.Accounts.Administration.AccountRequest>(http);
        var refusal = typed.Refusal ?? Missing(request!);
        if (refusal is null)
        {
            var account = new NewAccount(request!.UserName!, request.Alias!, request.DisplayName, request.Title, request.Unit ?? "central", request.Roles!);
            var (made, refused) = await changes.CreateAsync(http.Caller(), account, enrolled: false, null, cancel);
            if (made is not null)
                return Pages.Show<PasswordPage>(new { Account = made.AccountId, made.UserName, made.Password, IsNew = true });
            refusal = refused;
        }
        return Pages.Show<NewAccountPage>(new { Typed = typed.Because(refusal) }, Problems.StatusOf(refusal!.Code));
    }

    static Refusal? Missing(Hosting.Accounts.Administration.AccountRequest form) =>
        form.UserName is null ? Refusal.With("request.malformed", "at", "/userName")
        : form.Alias is null ? Refusal.With("request.malformed", "at", "/alias")
        : form.Roles is null ? Refusal.With("request.malformed", "at", "/roles") : null;
}
