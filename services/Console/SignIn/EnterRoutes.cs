using Hotline.Contracts;
using Hotline.Hosting;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Console.SignIn;

/// <summary>
/// Signing in on the screen. Must stay true: the token is in a cookie that no script reads (HttpOnly) and no other site
/// sends (SameSite=Strict); over TLS, and always in production, only over TLS.
/// </summary>
static class EnterRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/", (HttpContext http, ConsoleFace face) => Results.LocalRedirect(face.HomeOf(http.Caller().Roles))).RequireRole();
        routes.MapPage("/sign-in", (string? to) => Pages.Show<SignInPage>(new { To = Pages.Back(to) })).AllowAnyone();
        routes.MapForm("/sign-in", EnterAsync).AllowAnyone().AddEndpointFilter<SignInLimits>();
        routes.MapPage("/unlock", (string? to) => Pages.Show<UnlockPage>(new { To = Pages.Back(to) })).RequireRole().AllowWhileClosed().IsNobodysAct();
        routes.MapForm("/unlock", WakeAsync).RequireRole().AllowWhileClosed().AddEndpointFilter<SignInLimits>();
    }

    static async Task<IResult> EnterAsync(HttpContext http, SignInCheck check, HostSettings settings, CancellationToken cancel)
    {
        // Nobody may be signed in by another site, as somebody of its choice.
        if (http.Request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none") || !http.Request.HasFormContentType)
            return Pages.Refuse(new Refusal("auth.antiforgery"));
        var form = await http.ReadFormBodyAsync();
        var to = Pages.Back(form["to"]);
        var request = new SignInRequest { UserName = Short(form["userName"], 200), Password = Short(form["password"], 200), Totp = Short(form["totp"], 20) };
        var outcome = await check.TryAsync(request, BrowserKind.Of(http.Request.Headers.UserAgent.ToString()), cancel);
        if (outcome is SignInOutcome.Refused refused)
            return Pages.Show<SignInPage>(
                new { To = to, request.UserName, refused.Code, refused.LockedUntil }, Problems.StatusOf(refused.Code));
        var opened = (SignInOutcome.Opened)outcome;
        http.Response.Cookies.Append(Sessions.CookieName(settings), opened.Token, CookieOf(http, settings));
        return Results.LocalRedirect(opened.Enrolling ? "/second-factor" : to ?? "/");
    }

    internal static CookieOptions CookieOf(HttpContext http, HostSettings settings) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = http.Request.IsHttps || settings.Environment == "production",
        Path = "/",
    };

    /// <summary>From the page, or from a script that keeps an unsaved text on the page meanwhile.</summary>
    static async Task<IResult> WakeAsync(HttpContext http, SignInCheck check, CancellationToken cancel)
    {
        var form = await http.Request.ReadFormAsync(cancel);
        var refused = await check.WakeAsync(http.SignedInSession(), Short(form["password"], 200) ?? string.Empty, cancel);
        var to = Pages.Back(form["to"]);
        if (refused is null)
            return Results.LocalRedirect(to ?? "/");
        return Pages.Show<UnlockPage>(new { To = to, refused.Code, refused.LockedUntil }, Problems.StatusOf(refused.Code));
    }

    static string? Short(string? text, int most) => text is { Length: > 0 } && text.Length <= most ? text : null;
}
