using System.Globalization;
using Hotline.Console;
using Hotline.Console.Forms;
using Hotline.Contracts;
using Hotline.Duty.Calendar;
using Hotline.Duty.Ladders;
using Hotline.Duty.Officers;
using Hotline.Duty.Roster;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Schedule;

/// <summary>Two weeks of a desk, who has it now, gaps, who stands in, swaps.</summary>
/// <param name="Gaps">Of all desks, the next fourteen days.</param>
/// <param name="Next">What of the reader's own shifts alone on a layer a swap can still give; null where there is none.</param>
public sealed record DutyView(
    string Unit, DateTimeOffset At, IReadOnlyList<DutyDay> Days, IReadOnlyList<ReadOnDuty.LayerItem> Now, IReadOnlyList<Gap> Gaps,
    IReadOnlyList<Override> Overrides, IReadOnlyList<SettleSwap.Item> Swaps, IReadOnlyList<ReadContacts.Item> Officers, Shift? Next)
{
    public required Caller Reader { get; init; }

    public required IReadOnlyList<string> Units { get; init; }

    /// <summary>The form that was refused; null = none.</summary>
    public FormState? Refused { get; init; }

    public IReadOnlyList<string> Layers => [.. Days.SelectMany(day => day.Layers).Select(layer => layer.Layer).Distinct()];

    public string AliasOf(string userName) => Officers.FirstOrDefault(officer => officer.UserName == userName)?.Alias ?? userName;
}

/// <summary>
/// <c>GET /duty?unit=&amp;from=</c>: the duty calendar of a desk. Administrators add and cancel overrides here; who can be on
/// duty asks for swaps and answers them.
/// </summary>
static class ShowDuty
{
    const int Days = 14;
    static readonly TimeSpan Ahead = TimeSpan.FromDays(90);

    /// <summary>A swap that is asked for now begins no sooner, unless it is typed: the other must see it first.</summary>
    static readonly TimeSpan Notice = TimeSpan.FromHours(1);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/duty", ShowAsync).RequireRole(DutyRoutes.Readers);
        routes.MapForm("/duty/overrides", AddAsync).RequireRole(Roles.Administrator);
        routes.MapForm("/duty/overrides/{id:guid}/cancel", CancelAsync).RequireRole(Roles.Administrator);
        routes.MapForm("/duty/swaps", AskAsync).RequireRole(DutyRoutes.CanBeOnDuty);
        foreach (var (act, state) in new[] { ("agree", "agreed"), ("refuse", "refused"), ("withdraw", "withdrawn") })
            routes.MapForm($"/duty/swaps/{{id:guid}}/{act}", (Guid id, HttpContext http, NpgsqlDataSource database, OnDuty onDuty, DatabaseClock clock, CancellationToken cancel) =>
                SettleAsync(id, state, http, database, onDuty, clock, cancel)).RequireRole(DutyRoutes.CanBeOnDuty);
    }

    static Task<IResult> ShowAsync(HttpContext http, NpgsqlDataSource database, OnDuty onDuty, DatabaseClock clock, CancellationToken cancel) =>
        RenderAsync(http, http.Request.Query["unit"].ToString(), null, database, onDuty, clock, cancel);

    static async Task<IResult> AddAsync(HttpContext http, NpgsqlDataSource database, OnDuty onDuty, DatabaseClock clock, CancellationToken cancel)
    {
        var sent = await SentForm.ReadAsync(http, cancel);
        var (request, refusal) = sent.To<AddOverride.Request>();
        refusal ??= await FormState.OnceAsync(http, database, sent, async key =>
            (await AddOverride.AddAsync(database, request!, http.Caller(), key, await clock.NowAsync(cancel), cancel)).Refusal, cancel);
        return await AnswerAsync("override", "override-added", sent, refusal, http, database, onDuty, clock, cancel);
    }

    static async Task<IResult> CancelAsync(Guid id, HttpContext http, NpgsqlDataSource database, OnDuty onDuty, DatabaseClock clock, CancellationToken cancel)
    {
        var sent = await SentForm.ReadAsync(http, cancel);
        var refusal = await FormState.OnceAsync(http, database, sent, async key =>
            await CancelOverride.CancelAsync(database, id, http.Caller(), key, await clock.NowAsync(cancel), cancel), cancel);
        return await AnswerAsync($"cancel-{id}", "override-cancelled", sent, refusal, http, database, onDuty, clock, cancel);
    }

    static async Task<IResult> AskAsync(HttpContext http, NpgsqlDataSource database, OnDuty onDuty, DatabaseClock clock, CancellationToken cancel)
    {
        var sent = await SentForm.ReadAsync(http, cancel);
        var (request, refusal) = sent.To<AskForSwap.Request>();
        refusal ??= await FormState.OnceAsync(http, database, sent, async key =>
            (await AskForSwap.AskAsync(database, request!, http.Caller(), key, await clock.NowAsync(cancel), cancel)).Refusal, cancel);
        return await AnswerAsync("swap", "swap-asked", sent, refusal, http, database, onDuty, clock, cancel);
    }

    static async Task<IResult> SettleAsync(
        Guid id, string state, HttpContext http, NpgsqlDataSource database, OnDuty onDuty, DatabaseClock clock, CancellationToken cancel)
    {
        var sent = await SentForm.ReadAsync(http, cancel);
        var refusal = await FormState.OnceAsync(http, database, sent, async key =>
            (await SettleSwap.SettleAsync(database, id, state, sent.Version, http.Caller(), key, await clock.NowAsync(cancel), cancel)).Refusal, cancel);
        return await AnswerAsync($"settle-{id}", $"swap-{state}", sent, refusal, http, database, onDuty, clock, cancel);
    }

    static async Task<IResult> AnswerAsync(
        string form, string done, SentForm sent, Refusal? refusal, HttpContext http, NpgsqlDataSource database, OnDuty onDuty, DatabaseClock clock, CancellationToken cancel)
    {
        var unit = (string?)sent.Json["unit"] ?? string.Empty;
        if (refusal is null)
            return Results.LocalRedirect($"/duty?unit={Uri.EscapeDataString(unit)}&done={done}");
        return await RenderAsync(http, unit, new FormState(form, default, sent.Version, sent, refusal), database, onDuty, clock, cancel);
    }

    static async Task<IResult> RenderAsync(
        HttpContext http, string asked, FormState? refused, NpgsqlDataSource database, OnDuty onDuty, DatabaseClock clock, CancellationToken cancel)
    {
        var unit = Units.Exists(asked) ? asked : LadderStep.Central;
        var now = await clock.NowAsync(cancel);
        var today = DateOnly.FromDateTime(ZonedTime.Local(now, ZonedTime.Zone(ZonedTime.HaNoi)));
        var from = DateOnly.TryParseExact(http.Request.Query["from"], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            && date.Year is >= 2000 and < 2100 ? date : today;
        await using var connection = await database.OpenConnectionAsync(cancel);
        var whole = await WholeDuty.LoadAsync(connection, now, cancel);
        var versions = whole.Units.FirstOrDefault(one => one.Key == unit)?.ToList() ?? [];
        var (start, end) = (now < Start(from) ? now : Start(from), Start(from.AddDays(Days)) > now + Ahead ? Start(from.AddDays(Days)) : now + Ahead);
        var overrides = await OverrideRows.BetweenAsync(connection, unit, start, end, cancel);
        var view = new DutyView(
            unit, now, DutyDays.Of(versions, overrides, whole.Calendar, from, Days), await ReadOnDuty.LayersAsync(connection, onDuty, unit, now, cancel),
            whole.GapsBetween(now, now + Gaps.Ahead), [.. overrides.Where(o => o.Until > now)], await SettleSwap.FindAsync(connection, http.Caller(), cancel),
            await ContactRows.OfficersAsync(connection, cancel), Shifts.NextAlone(
                http.Caller().UserName, versions, overrides, whole.Calendar, DutyDays.LayersOf(versions), now + Notice, now + Gaps.Ahead))
        {
            Reader = http.Caller(),
            Units = [LadderStep.Central, .. whole.Units.Select(one => one.Key).Where(key => key != LadderStep.Central).Order(StringComparer.Ordinal)],
            Refused = refused,
        };
        return Pages.Show<DutyPage>(new { View = view }, refused is null ? StatusCodes.Status200OK : Problems.StatusOf(refused.Refusal!.Code));
    }

    static DateTimeOffset Start(DateOnly date) => ZonedTime.InstantOf(date, TimeOnly.MinValue, ZonedTime.Zone(ZonedTime.HaNoi));
}
