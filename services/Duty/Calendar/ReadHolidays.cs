using System.Globalization;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Calendar;

/// <summary>
/// <c>GET /api/v1/holidays?year=</c> (default: this year in Ha Noi): the year's days off and swapped working days, in the
/// form in which they are written. <c>GET /holidays/proposals?year=</c>: the lunar and fixed dates to start a year from.
/// </summary>
public static class ReadHolidays
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/holidays", HandleAsync).RequireRole(DutyRoutes.Readers).Produces<HolidayYear>();
        routes.MapGet("/holidays/proposals", ProposalsAsync).RequireRole(DutyRoutes.Readers).Produces<HolidayYear>();
    }

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        if (await YearAsync(http, clock, cancel) is not { } year)
            return Problems.Refuse(Refusal.With("request.malformed", "at", "year"));
        await using var connection = await database.OpenConnectionAsync(cancel);
        var days = await CalendarDays.InForceAsync(connection, cancel);
        http.SetETag(await VersionAsync(connection, year, cancel));
        return Results.Ok(HolidayYear.Of(year, days.Where(day => day.Date.Year == year)));
    }

    static async Task<IResult> ProposalsAsync(HttpContext http, DatabaseClock clock, CancellationToken cancel) =>
        await YearAsync(http, clock, cancel) is { } year
            ? Results.Ok(HolidayYear.Of(year, CalendarFiles.ProposalsFor(year)))
            : Problems.Refuse(Refusal.With("request.malformed", "at", "year"));

    internal static async Task<long> VersionAsync(NpgsqlConnection connection, int year, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select version from calendar_years where year = $1", connection);
        command.Parameters.Add(Sql.Parameter(year));
        return await command.ExecuteScalarAsync(cancel) as long? ?? 0;
    }

    static async ValueTask<int?> YearAsync(HttpContext http, DatabaseClock clock, CancellationToken cancel)
    {
        var text = http.Request.Query["year"].ToString();
        if (text.Length == 0)
            return ZonedTime.Local(await clock.NowAsync(cancel), ZonedTime.Zone(ZonedTime.HaNoi)).Year;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var year) && year is >= 1900 and <= 2100 ? year : null;
    }
}
