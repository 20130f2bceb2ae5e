using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline.Console;

/// <summary>Routes whose answer a person reads. Like every route they say who may call, or the host does not start.</summary>
public static class Pages
{
    public static RouteHandlerBuilder MapPage(this IEndpointRouteBuilder routes, string pattern, Delegate handler) =>
        routes.MapGet(pattern, handler).ExcludeFromDescription().WithMetadata(new RefusalAnswer(RefuseAsync));

    /// <summary>A form that answers with a page; the guard asks for its antiforgery token.</summary>
    public static RouteHandlerBuilder MapForm(this IEndpointRouteBuilder routes, string pattern, Delegate handler) =>
        routes.MapPost(pattern, handler).ExcludeFromDescription().WithMetadata(new RefusalAnswer(RefuseAsync));

    /// <summary>A part of a page that a script puts into its place.</summary>
    public static RouteHandlerBuilder MapFragment(this IEndpointRouteBuilder routes, string pattern, Delegate handler) =>
        routes.MapGet(pattern, handler).ExcludeFromDescription().IsNobodysAct();

    /// <summary>A page made of a component.</summary>
    public static RazorComponentResult<TComponent> Show<TComponent>(object? parameters = null, int status = StatusCodes.Status200OK) where TComponent : IComponent =>
        new(parameters ?? new { }) { StatusCode = status };

    /// <summary>A page that says no, in words.</summary>
    public static IResult Refuse(Refusal refusal) => Show<RefusedPage>(new { refusal.Code }, Problems.StatusOf(refusal.Code));

    /// <summary>Where to go afterwards: a path of this service, else nothing.</summary>
    public static string? Back(string? to) => to is ['/', not ('/' or '\\'), ..] or "/" ? to : null;

    /// <summary>
    /// Where somebody comes back to who changes the language or lies idle: the page itself, or the nearest page above an
    /// address that only takes a form.
    /// </summary>
    public static string PlaceOf(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "/";
        if (HttpMethods.IsGet(http.Request.Method))
            return path;
        var pages = http.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<RefusalAnswer>() is not null && e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Get) == true).ToList();
        for (; path.Length > 1; path = path[..path.LastIndexOf('/')])
            if (pages.Any(page => Shows(page.RoutePattern, path)))
                return path;
        return "/";
    }

    static bool Shows(RoutePattern pattern, string path)
    {
        var values = new RouteValueDictionary();
        return new TemplateMatcher(TemplateParser.Parse(pattern.RawText!), []).TryMatch(path, values)
            && pattern.ParameterPolicies.All(p => p.Value.All(one => one.Content != "guid" || Guid.TryParse(values[p.Key]?.ToString(), out _)));
    }

    /// <summary>Those who must do something first are sent to do it and come back; everybody else is told.</summary>
    public static Task RefuseAsync(HttpContext http, Refusal refusal)
    {
        var place = HttpMethods.IsGet(http.Request.Method) ? Uri.EscapeDataString(http.Request.Path + http.Request.QueryString) : null;
        var to = place is null ? "" : $"?to={place}";
        var answer = refusal.Code switch
        {
            "auth.missing" or "auth.wrong-issuer" => Results.LocalRedirect("/sign-in" + to),
            "auth.locked" => Results.LocalRedirect("/unlock" + to),
            "auth.second-factor-required" => Results.LocalRedirect("/second-factor"),
            _ => Refuse(refusal),
        };
        return answer.ExecuteAsync(http);
    }
}
