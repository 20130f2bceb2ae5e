using Hotline.Console;
using Hotline.Console.Forms;
using Hotline.Contracts;
using Hotline.Duty.Ladders;
using Hotline.Duty.Schedule;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary><c>GET /duty/rosters?unit=</c>: the rule by which a desk is staffed, every version of it, and for administrators the form.</summary>
static class ShowRosters
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/duty/rosters", ShowAsync).RequireRole(DutyRoutes.Readers);
        routes.MapForm("/duty/rosters/{unit}", ChangeAsync).RequireRole(Roles.Administrator);
        routes.MapForm("/duty/rosters/{unit}/{version:long}/restore", RestoreAsync).RequireRole(Roles.Administrator);
    }

    static Task<IResult> ShowAsync(HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        RenderAsync(http, http.Request.Query["unit"].ToString(), null, database, clock, cancel);

    static async Task<IResult> ChangeAsync(string unit, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var sent = await SentForm.ReadAsync(http, cancel);
        var (written, refusal) = sent.To<UnitRoster>();
        refusal ??= await WriteAsync(http, written! with { Unit = unit }, sent, database, clock, cancel);
        return refusal is null
            ? Results.LocalRedirect($"/duty/rosters?unit={Uri.EscapeDataString(unit)}&done=roster-changed")
            : await RenderAsync(http, unit, new FormState("roster", default, sent.Version, sent, refusal), database, clock, cancel);
    }

    static async Task<IResult> RestoreAsync(string unit, long version, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var sent = await SentForm.ReadAsync(http, cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        var earlier = await DocumentVersion.ContentAsync(connection, unit, version, cancel);
        var refusal = earlier is null ? new Refusal("not-found") : await WriteAsync(http, UnitRoster.FromJson(earlier) with { ValidFrom = null }, sent, database, clock, cancel);
        return refusal is null ? Results.LocalRedirect($"/duty/rosters?unit={Uri.EscapeDataString(unit)}&done=restored") : Pages.Refuse(refusal);
    }

    static Task<Refusal?> WriteAsync(HttpContext http, UnitRoster written, SentForm sent, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        FormState.OnceAsync(http, database, sent, async key =>
            (await ChangeRoster.WriteAsync(database, written, sent.Version, http.Caller(), key, await clock.NowAsync(cancel), cancel)).Refusal, cancel);

    static async Task<IResult> RenderAsync(HttpContext http, string asked, FormState? refused, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var unit = Units.Exists(asked) ? asked : LadderStep.Central;
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        var all = await RosterRows.VersionsAsync(connection, null, cancel);
        var newest = all.Where(dated => dated.Roster.Unit == unit).MaxBy(dated => dated.Version);
        return Pages.Show<RostersPage>(
            new
            {
                Unit = unit,
                Written = (IReadOnlyList<string>)[.. all.Select(dated => dated.Roster.Unit!).Distinct().Order(StringComparer.Ordinal)],
                Roster = RosterRules.Complete(newest?.Roster ?? UnitRoster.Empty(unit), now),
                Form = FormState.Of("roster", refused, now, newest?.Version ?? 0),
                Versions = await DocumentVersion.OfRosterAsync(connection, unit, cancel),
                MayChange = http.Caller().Roles.Contains(Roles.Administrator),
                At = now,
            },
            refused is null ? StatusCodes.Status200OK : Problems.StatusOf(refused.Refusal!.Code));
    }
}
