using Hotline.Hosting;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Console.SignIn;

/// <summary>Signing out, and saying that a call is open (then the idle lock waits).</summary>
static class LeaveRoutes
{
    /// <summary>Longer than a cut of the network in the middle of a call.</summary>
    static readonly TimeSpan CallStays = TimeSpan.FromMinutes(45);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapForm("/sign-out", LeaveAsync).RequireRole().AllowWhileClosed();
        routes.MapPost("/session/awake", AwakeAsync).RequireRole().ExcludeFromDescription();
        routes.MapPost("/session/call-open", (HttpContext http, NpgsqlDataSource database, CancellationToken cancel) =>
            SetCallOpenAsync(http, database, CallStays, cancel)).RequireRole().ExcludeFromDescription();
        routes.MapPost("/session/call-over", (HttpContext http, NpgsqlDataSource database, CancellationToken cancel) =>
            SetCallOpenAsync(http, database, null, cancel)).RequireRole().ExcludeFromDescription();
        // After signing in again in another tab, an open page asks for the token of the new session and saves what it holds.
        routes.MapGet("/session/antiforgery", (HttpContext http) => Results.Text(Antiforgery.TokenFor(http))).RequireRole().IsNobodysAct().ExcludeFromDescription();
    }

    static async Task<IResult> LeaveAsync(HttpContext http, HostSettings settings, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var session = http.SignedInSession();
        var now = await clock.NowAsync(cancel);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sessions.End(session.Id, session.Caller.AccountId, now));
        batch.BatchCommands.Add(new AuditRecord { Kind = "account.signed-out", At = now, Actor = session.Caller.Alias }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        http.Response.Cookies.Delete(Sessions.CookieName(settings), EnterRoutes.CookieOf(http, settings));
        // Also what the back button would show.
        http.Response.Headers["Clear-Site-Data"] = "\"cache\"";
        return Results.LocalRedirect("/sign-in");
    }

    /// <summary>Somebody typed or moved the mouse; the guard has noted it.</summary>
    static IResult AwakeAsync() => Results.NoContent();

    static async Task<IResult> SetCallOpenAsync(HttpContext http, NpgsqlDataSource database, TimeSpan? stays, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command(
            "update sessions set call_open_until = hotline_now() + $2::interval where id = $1", http.SignedInSession().Id, stays));
        await batch.ExecuteNonQueryAsync(cancel);
        return Results.NoContent();
    }
}
