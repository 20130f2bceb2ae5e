using Hotline.Console.Words;
using Hotline.Hosting.Accounts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Console;

/// <summary>The other language, a click away: kept in a cookie that holds nothing else.</summary>
static class LanguageRoute
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPage("/language/{code}", (string code, string? to, HttpContext http) =>
    {
        http.Response.Cookies.Append(Phrasebook.Cookie, code == "en" ? "en" : "vi", new CookieOptions
        {
            HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, MaxAge = TimeSpan.FromDays(365), Path = "/",
        });
        return Results.LocalRedirect(Pages.Back(to) ?? "/");
    }).AllowAnyone();
}
