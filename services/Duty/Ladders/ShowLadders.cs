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

namespace Hotline.Duty.Ladders;

/// <summary><c>GET /duty/ladders</c>: ladders, clocks and page texts as they were written last, every version of them, and for administrators the forms.</summary>
static class ShowLadders
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/duty/ladders", ShowAsync).RequireRole(DutyRoutes.Readers);
        foreach (var (path, form) in new[] { ("/duty/ladders", "ladders"), ("/duty/ladders/clocks", "clocks") })
            routes.MapForm(path, (HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
                ChangeAsync(form, http, database, clock, cancel)).RequireRole(Roles.Administrator);
        routes.MapForm("/duty/ladders/{version:long}/restore", RestoreAsync).RequireRole(Roles.Administrator);
    }

    static Task<IResult> ShowAsync(HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        RenderAsync(http, null, database, clock, cancel);

    /// <summary>What a form does not hold stays as it is.</summary>
    static async Task<IResult> ChangeAsync(string form, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var sent = await SentForm.ReadAsync(http, cancel);
        var (written, refusal) = sent.To<DutyPlan>();
        refusal ??= await WriteAsync(http, written!, sent, database, clock, cancel);
        return refusal is null
            ? Results.LocalRedirect($"/duty/ladders?done={form}-changed")
            : await RenderAsync(http, new FormState(form, default, sent.Version, sent, refusal), database, clock, cancel);
    }

    static async Task<IResult> RestoreAsync(long version, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var sent = await SentForm.ReadAsync(http, cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        var earlier = await DocumentVersion.ContentAsync(connection, null, version, cancel);
        var refusal = earlier is null ? new Refusal("not-found") : await WriteAsync(http, DutyPlan.FromJson(earlier) with { ValidFrom = null }, sent, database, clock, cancel);
        return refusal is null ? Results.LocalRedirect("/duty/ladders?done=restored") : Pages.Refuse(refusal);
    }

    static Task<Refusal?> WriteAsync(HttpContext http, DutyPlan written, SentForm sent, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        FormState.OnceAsync(http, database, sent, async key =>
            (await ChangePlan.WriteAsync(database, written, sent.Version, http.Caller(), key, await clock.NowAsync(cancel), cancel)).Refusal, cancel);

    static async Task<IResult> RenderAsync(HttpContext http, FormState? refused, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        var plan = await DutyPlan.NewestAsync(connection, cancel);
        return Pages.Show<LaddersPage>(
            new
            {
                Plan = plan,
                Form = FormState.Of("ladders", refused, now, plan.Version),
                Clocks = FormState.Of("clocks", refused, now, plan.Version),
                Versions = await DocumentVersion.OfPlanAsync(connection, cancel),
                MayChange = http.Caller().Roles.Contains(Roles.Administrator),
                At = now,
            },
            refused is null ? StatusCodes.Status200OK : Problems.StatusOf(refused.Refusal!.Code));
    }
}
