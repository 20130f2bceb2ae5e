using Hotline.Console;
using Hotline.Duty.Roster;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Schedule;

/// <summary><c>GET /duty/tonight</c>: who would be reached tonight, who would not and why, gaps, and what is missing in the calendar.</summary>
static class ShowTonight
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPage("/duty/tonight", ShowAsync).RequireRole(DutyRoutes.Readers);

    static async Task<IResult> ShowAsync(NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (answer, everybody) = await ReadReadiness.AnswerAsync(database, await clock.NowAsync(cancel), cancel);
        return Pages.Show<TonightPage>(new { Ready = answer, Everybody = everybody });
    }
}
