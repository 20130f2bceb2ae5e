using Hotline.Duty.Ladders;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary>
/// <c>GET /api/v1/roster?unit=&amp;at=</c>: the roster of a desk (default: the central one) as it was written last, or as it
/// holds at an instant. A desk without one answers with an empty roster of version 0.
/// </summary>
public static class ReadRoster
{
    public sealed record UnitItem(string Unit, string? Name, long Version, DateTimeOffset ValidFrom);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/roster", HandleAsync).RequireRole(DutyRoutes.Readers).Produces<UnitRoster>();
        routes.MapGet("/roster/units", UnitsAsync).RequireRole(DutyRoutes.Readers).Produces<Page<UnitItem>>();
    }

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var unit = http.Request.Query["unit"].ToString() is { Length: > 0 } named ? named : LadderStep.Central;
        var (at, malformed) = QueryTime.Read(http, "at");
        if (malformed is not null)
            return Problems.Refuse(malformed);
        if (!Units.Exists(unit))
            return Problems.Refuse("not-found");
        await using var connection = await database.OpenConnectionAsync(cancel);
        var versions = await RosterRows.VersionsAsync(connection, unit, cancel);
        var found = at is { } instant ? DatedRoster.At(versions, instant) : versions.MaxBy(dated => dated.Version);
        http.SetETag(found?.Version ?? 0);
        return Results.Ok(found is null ? UnitRoster.Empty(unit) : found.Roster with { ValidFrom = found.From });
    }

    static async Task<IResult> UnitsAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select distinct on (unit) unit, content ->> 'name', version, valid_from from rosters order by unit, version desc");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<UnitItem>();
        while (await reader.ReadAsync(cancel))
            items.Add(new UnitItem(reader.GetString(0), reader.Maybe<string>(1), reader.GetInt64(2), reader.Time(3)));
        return Portion.Answer(http, items);
    }
}
