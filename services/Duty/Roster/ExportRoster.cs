using Hotline.Duty.Calendar;
using Hotline.Duty.Ladders;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary><c>GET /api/v1/roster.ics?unit=</c>: the shifts of a desk as iCalendar (RFC 5545), a week back and eight ahead, in UTC.</summary>
public static class ExportRoster
{
    static readonly TimeSpan Back = TimeSpan.FromDays(7);
    static readonly TimeSpan Ahead = TimeSpan.FromDays(56);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/roster.ics", HandleAsync).RequireRole(DutyRoutes.Readers).Produces(200, contentType: "text/calendar");

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var unit = http.Request.Query["unit"].ToString() is { Length: > 0 } named ? named : LadderStep.Central;
        if (!Units.Exists(unit))
            return Problems.Refuse("not-found");
        var now = await clock.NowAsync(cancel);
        var (from, until) = (now - Back, now + Ahead);
        await using var connection = await database.OpenConnectionAsync(cancel);
        var versions = await RosterRows.VersionsAsync(connection, unit, cancel);
        var overrides = await OverrideRows.BetweenAsync(connection, unit, from, until, cancel);
        var calendar = await CalendarDays.InForceAsync(connection, cancel);
        var layers = versions.SelectMany(dated => dated.Roster.Layers!).Select(layer => layer.Name!).Distinct();
        return Results.Text(Write(layers.SelectMany(layer => Shifts.Between(versions, overrides, calendar, layer, from, until))), "text/calendar; charset=utf-8");
    }

    /// <summary>The shifts as iCalendar text; who has no shift has no event.</summary>
    public static string Write(IEnumerable<Shift> shifts)
    {
        var calendar = new Ical.Net.Calendar { ProductId = "-//Hotline//Duty roster//VI" };
        foreach (var shift in shifts)
            foreach (var officer in shift.Officers)
                calendar.Events.Add(new CalendarEvent
                {
                    Uid = $"{shift.Unit}-{shift.Layer}-{shift.From.ToUnixTimeSeconds()}-{officer}@hotline",
                    Summary = $"Trực ban ({shift.Layer}): {officer}",
                    DtStart = new CalDateTime(shift.From.UtcDateTime),
                    DtEnd = new CalDateTime(shift.Until.UtcDateTime),
                    DtStamp = new CalDateTime(shift.From.UtcDateTime),
                });
        return new CalendarSerializer().SerializeToString(calendar) ?? string.Empty;
    }
}
