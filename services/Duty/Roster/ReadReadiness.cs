using Hotline.Duty.Calendar;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary>
/// <c>GET /api/v1/readiness</c>: who would not be reached tonight and why, gaps of the next fourteen days, contacts that
/// nobody verified, and years whose holidays are missing or only proposed.
/// </summary>
public static class ReadReadiness
{
    /// <param name="Reasons"><c>account-ended</c>, <c>no-verified-phone</c> (P0, P1), <c>no-verified-email</c> (P2, P3).</param>
    public sealed record Unreachable(string Officer, string Unit, string Layer, DateTimeOffset From, DateTimeOffset Until, IReadOnlyList<string> Reasons);

    public sealed record Unverified(string Officer, Guid Contact, string Channel);

    /// <param name="State"><c>missing</c>, or <c>proposed</c> while Tet is not decided.</param>
    public sealed record MissingYear(int Year, string State);

    public sealed record Night(DateTimeOffset From, DateTimeOffset Until);

    public sealed record Answer(
        DateTimeOffset At, Night Tonight, IReadOnlyList<Unreachable> Unreachable, IReadOnlyList<Gap> Gaps,
        IReadOnlyList<Unverified> Unverified, IReadOnlyList<MissingYear> MissingHolidays);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/readiness", HandleAsync).RequireRole(DutyRoutes.Readers).Produces<Answer>();

    static async Task<IResult> HandleAsync(NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        Results.Ok((await AnswerAsync(database, await clock.NowAsync(cancel), cancel)).Answer);

    /// <returns>And everybody who has a shift tonight, with no reason where a page would wake them.</returns>
    internal static async Task<(Answer Answer, IReadOnlyList<Unreachable> Everybody)> AnswerAsync(NpgsqlDataSource database, DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var duty = await WholeDuty.LoadAsync(connection, now, cancel);
        var officers = await ReachableOfficers.LoadAsync(connection, cancel);
        var night = Tonight(now);
        var everybody = duty.ShiftsBetween(night.From, night.Until).SelectMany(shift => Check(shift, officers)).ToList();
        return (new Answer(
            now, night, [.. everybody.Where(officer => officer.Reasons.Count > 0)],
            duty.GapsBetween(now, now + Gaps.Ahead), officers.Unverified, CalendarYears.Missing(duty.Calendar, now)), everybody);
    }

    /// <summary>From the close of office hours, or from now, until eight in the morning, in Ha Noi.</summary>
    static Night Tonight(DateTimeOffset now)
    {
        var zone = ZonedTime.Zone(ZonedTime.HaNoi);
        var date = DateOnly.FromDateTime(ZonedTime.Local(now, zone));
        var (opens, closes) = (ZonedTime.InstantOf(date, OfficeHours.Standard.Opens, zone), ZonedTime.InstantOf(date, OfficeHours.Standard.Closes, zone));
        return now < opens ? new Night(now, opens) : new Night(now > closes ? now : closes, ZonedTime.InstantOf(date.AddDays(1), OfficeHours.Standard.Opens, zone));
    }

    static IEnumerable<Unreachable> Check(Shift shift, ReachableOfficers officers) =>
        from officer in shift.Officers
        select new Unreachable(officer, shift.Unit, shift.Layer, shift.From, shift.Until, officers.ReasonsFor(officer));
}
