using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.BreakGlass;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Hosting.Accounts;

/// <summary>What a route asks of its caller.</summary>
sealed record GuardRule(IReadOnlyList<string> Roles, bool Designation);

/// <summary>Who lacks role or designation may still come in with an open glass on the route's <c>id</c>.</summary>
sealed record GlassRule;

/// <summary>Open to everybody: sign-in, health, metrics, the interface's description.</summary>
sealed record OpenToAnyone;

/// <summary>Open to a session that sleeps or is enrolling its second factor: waking it, enrolling, signing out.</summary>
sealed record OpenWhileClosed;

/// <summary>Asked for by the page by itself, not by a person: keeps no session awake.</summary>
sealed record NobodysAct;

/// <summary>How a route says no, where a problem document is not the answer: a page sends its reader to sign in.</summary>
/// <param name="Write">Writes the whole answer.</param>
public sealed record RefusalAnswer(Func<HttpContext, Refusal, Task> Write);

/// <summary>
/// Stands before every route. Default deny: a route that says neither who may call nor that anyone may does not start.
/// </summary>
public static class Guard
{
    public static TBuilder RequireRole<TBuilder>(this TBuilder route, params string[] roles) where TBuilder : IEndpointConventionBuilder
    {
        route.Add(endpoint => endpoint.Metadata.Add(new GuardRule(roles, false)));
        return route;
    }

    /// <summary>Besides the role, a designation in force at this instant.</summary>
    public static TBuilder RequireDesignation<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder
    {
        route.Add(endpoint => endpoint.Metadata.Add(new GuardRule([], true)));
        return route;
    }

    /// <summary>An open glass (<see cref="BreakGlass"/>) on the route's <c>id</c> stands in for role and designation.</summary>
    public static TBuilder OrBreakGlass<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder
    {
        route.Add(endpoint => endpoint.Metadata.Add(new GlassRule()));
        return route;
    }

    public static TBuilder AllowAnyone<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder
    {
        route.Add(endpoint => endpoint.Metadata.Add(new OpenToAnyone()));
        return route;
    }

    /// <summary>Also for a session that is locked for idleness, or that has no second factor yet.</summary>
    public static TBuilder AllowWhileClosed<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder
    {
        route.Add(endpoint => endpoint.Metadata.Add(new OpenWhileClosed()));
        return route;
    }

    /// <summary>The page asks by itself: such a request does not put off the idle lock.</summary>
    public static TBuilder IsNobodysAct<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder
    {
        route.Add(endpoint => endpoint.Metadata.Add(new NobodysAct()));
        return route;
    }

    /// <exception cref="InvalidOperationException">A route was forgotten.</exception>
    public static void AssertEveryRouteGuarded(this IEndpointRouteBuilder app)
    {
        foreach (var endpoint in app.DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>())
            if (endpoint.Metadata.GetMetadata<GuardRule>() is null && endpoint.Metadata.GetMetadata<OpenToAnyone>() is null)
                throw new InvalidOperationException($"Nobody said who may call {endpoint.RoutePattern.RawText}.");
    }

    public static void UseGuard(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        if (http.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<OpenToAnyone>() is not null)
        {
            await next(http);
            return;
        }
        var (session, refusal) = await Sessions.FindAsync(http);
        refusal ??= await CheckSessionAsync(http, endpoint, session!) ?? await CheckRightsAsync(http, endpoint, session!.Caller);
        if (refusal is null)
        {
            http.SetSession(session!);
            if (session!.OfBrowser && endpoint.Metadata.GetMetadata<NobodysAct>() is null && !session.Idle)
                await StayAwakeAsync(http, session);
            await next(http);
            return;
        }
        if (session is not null)
            await RecordAsync(http, session.Caller, refusal);
        await RefuseAsync(http, refusal);
    });

    /// <summary>A page answers in words, everything else with a problem document.</summary>
    internal static Task RefuseAsync(HttpContext http, Refusal refusal) =>
        http.GetEndpoint()?.Metadata.GetMetadata<RefusalAnswer>() is { } answer ? answer.Write(http, refusal) : Problems.Refuse(refusal).ExecuteAsync(http);

    static async Task<Refusal?> CheckSessionAsync(HttpContext http, RouteEndpoint endpoint, Session session)
    {
        var reads = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (session.OfBrowser && !reads && !await Antiforgery.HoldsAsync(http, session))
            return new Refusal("auth.antiforgery");
        if (endpoint.Metadata.GetMetadata<OpenWhileClosed>() is not null)
            return null;
        return session.Enrolling ? new Refusal("auth.second-factor-required") : session.Idle ? new Refusal("auth.locked") : null;
    }

    /// <summary>One write a minute at most.</summary>
    static async Task StayAwakeAsync(HttpContext http, Session session)
    {
        var database = (NpgsqlDataSource)http.RequestServices.GetService(typeof(NpgsqlDataSource))!;
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command(
            "update sessions set last_active_at = hotline_now() where id = $1 and last_active_at < hotline_now() - interval '1 minute'", session.Id));
        await batch.ExecuteNonQueryAsync(http.RequestAborted);
    }

    static Refusal? Check(Caller caller, IReadOnlyList<GuardRule> rules)
    {
        foreach (var rule in rules)
        {
            if (rule.Roles.Count > 0 && !rule.Roles.Any(caller.Roles.Contains))
                return new Refusal("access.denied");
            if (rule.Designation && !caller.Designated)
                return new Refusal("designation.missing");
        }
        return null;
    }

    static async Task<Refusal?> CheckRightsAsync(HttpContext http, RouteEndpoint endpoint, Caller caller) =>
        Check(caller, endpoint.Metadata.GetOrderedMetadata<GuardRule>()) is { } refusal
            && !(endpoint.Metadata.GetMetadata<GlassRule>() is not null && await HasOpenGlassAsync(http, caller)) ? refusal : null;

    static async Task<bool> HasOpenGlassAsync(HttpContext http, Caller caller) =>
        Guid.TryParse(http.GetRouteValue("id") as string, out var subject)
        && await OpenGlass.IsOpenAsync((NpgsqlDataSource)http.RequestServices.GetService(typeof(NpgsqlDataSource))!, subject, caller.AccountId, http.RequestAborted);

    /// <summary>Refused access is part of the record (audit.md).</summary>
    static async Task RecordAsync(HttpContext http, Caller caller, Refusal refusal)
    {
        var services = http.RequestServices;
        var database = (NpgsqlDataSource)services.GetService(typeof(NpgsqlDataSource))!;
        var clock = (DatabaseClock)services.GetService(typeof(DatabaseClock))!;
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new AuditRecord
        {
            Kind = "access.refused",
            At = await clock.NowAsync(http.RequestAborted),
            Actor = caller.Alias,
            Code = refusal.Code,
        }.Insert());
        await batch.ExecuteNonQueryAsync(http.RequestAborted);
    }
}
