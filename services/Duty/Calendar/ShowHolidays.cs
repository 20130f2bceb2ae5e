using System.Globalization;
using Hotline.Console;
using Hotline.Console.Forms;
using Hotline.Contracts;
using Hotline.Duty.Schedule;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Calendar;

/// <summary><c>GET /duty/holidays?year=</c>: a year's days off and swapped working days with their sources; administrators change the days to come, and bring an earlier table back.</summary>
static class ShowHolidays
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/duty/holidays", ShowAsync).RequireRole(DutyRoutes.Readers);
        routes.MapForm("/duty/holidays", ChangeAsync).RequireRole(Roles.Administrator);
        routes.MapForm("/duty/holidays/{year:int}/{version:long}/restore", RestoreAsync).RequireRole(Roles.Administrator);
    }

    static Task<IResult> ShowAsync(HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        RenderAsync(http, http.Request.Query["year"].ToString(), null, database, clock, cancel);

    static async Task<IResult> ChangeAsync(HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var sent = await SentForm.ReadAsync(http, cancel);
        var (table, refusal) = sent.To<HolidayYear>();
        refusal ??= await WriteAsync(http, table!, sent, database, clock, cancel);
        var year = sent.Typed.TryGetValue("/year", out var typed) ? typed[0] : string.Empty;
        return refusal is null
            ? Results.LocalRedirect($"/duty/holidays?year={Uri.EscapeDataString(year)}&done=holidays-changed")
            : await RenderAsync(http, year, new FormState("holidays", default, sent.Version, sent, refusal), database, clock, cancel);
    }

    /// <summary>Days that are over stay as they were.</summary>
    static async Task<IResult> RestoreAsync(int year, long version, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var sent = await SentForm.ReadAsync(http, cancel);
        var today = TodayAt(await clock.NowAsync(cancel));
        await using var connection = await database.OpenConnectionAsync(cancel);
        if ((await DocumentVersion.OfHolidaysAsync(connection, year, cancel)).All(known => known.Version != version))
            return Pages.Refuse(new Refusal("not-found"));
        var over = (await CalendarDays.InForceAsync(connection, cancel)).Where(day => day.Date.Year == year && day.Date < today);
        var earlier = await CalendarDays.OfVersionAsync(connection, year, version, cancel);
        var refusal = await WriteAsync(http, HolidayYear.Of(year, [.. over, .. earlier.Where(day => day.Date >= today)]), sent, database, clock, cancel);
        return refusal is null ? Results.LocalRedirect($"/duty/holidays?year={year.ToString(CultureInfo.InvariantCulture)}&done=restored") : Pages.Refuse(refusal);
    }

    static Task<Refusal?> WriteAsync(HttpContext http, HolidayYear table, SentForm sent, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        FormState.OnceAsync(http, database, sent, async key =>
            (await ChangeHolidays.WriteAsync(database, table, sent.Version, http.Caller(), key, await clock.NowAsync(cancel), cancel)).Refusal, cancel);

    static DateOnly TodayAt(DateTimeOffset now) => DateOnly.FromDateTime(ZonedTime.Local(now, ZonedTime.Zone(ZonedTime.HaNoi)));

    static async Task<IResult> RenderAsync(HttpContext http, string asked, FormState? refused, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        var today = TodayAt(now);
        var year = int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var named) && named is >= 1900 and <= 2100 ? named : today.Year;
        await using var connection = await database.OpenConnectionAsync(cancel);
        var held = (await CalendarDays.InForceAsync(connection, cancel)).Where(day => day.Date.Year == year).ToList();
        var proposed = held.Count == 0 ? CalendarFiles.ProposalsFor(year) : [];
        return Pages.Show<HolidaysPage>(
            new
            {
                Year = year,
                Today = today,
                Days = held.Count == 0 ? proposed : held,
                Proposed = proposed.Count > 0,
                Form = FormState.Of("holidays", refused, now, await ReadHolidays.VersionAsync(connection, year, cancel)),
                Versions = await DocumentVersion.OfHolidaysAsync(connection, year, cancel),
                At = now,
                MayChange = http.Caller().Roles.Contains(Roles.Administrator),
            },
            refused is null ? StatusCodes.Status200OK : Problems.StatusOf(refused.Refusal!.Code));
    }
}
