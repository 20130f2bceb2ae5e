using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary><c>GET /api/v1/overrides?unit=&amp;from=&amp;until=</c>: who stands in; by default from now on, for ninety days.</summary>
public static class ReadOverrides
{
    static readonly TimeSpan Ahead = TimeSpan.FromDays(90);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/overrides", HandleAsync).RequireRole(DutyRoutes.Readers).Produces<Page<Override>>();

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (from, badFrom) = QueryTime.Read(http, "from");
        var (until, badUntil) = QueryTime.Read(http, "until");
        if ((badFrom ?? badUntil) is { } malformed)
            return Problems.Refuse(malformed);
        var start = from ?? await clock.NowAsync(cancel);
        var end = until ?? start + Ahead;
        if (end <= start)
            return Problems.Refuse(Refusal.With("request.malformed", "at", "until"));
        var unit = http.Request.Query["unit"].ToString();
        await using var connection = await database.OpenConnectionAsync(cancel);
        return Portion.Answer(http, await OverrideRows.BetweenAsync(connection, unit.Length == 0 ? null : unit, start, end, cancel));
    }
}
