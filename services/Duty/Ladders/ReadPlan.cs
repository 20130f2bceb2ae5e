using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Ladders;

/// <summary><c>GET /api/v1/ladders?at=</c>: ladders, clocks and page texts as they were written last, or as they hold at an instant.</summary>
public static class ReadPlan
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/ladders", HandleAsync).RequireRole(DutyRoutes.Readers).Produces<DutyPlan>();

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var (at, malformed) = QueryTime.Read(http, "at");
        if (malformed is not null)
            return Problems.Refuse(malformed);
        await using var connection = await database.OpenConnectionAsync(cancel);
        var plan = at is { } instant ? await DutyPlan.FindAsync(connection, instant, cancel) : await DutyPlan.NewestAsync(connection, cancel);
        http.SetETag(plan.Version);
        return Results.Ok(plan);
    }
}
