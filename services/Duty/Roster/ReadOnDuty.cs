using Hotline.Contracts;
using Hotline.Duty.Calendar;
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
/// <c>GET /api/v1/on-duty?at=&amp;province=</c>: who would be paged for a province (none: the central desk) at an instant
/// (none: now). Channels are named, addresses are not.
/// </summary>
public static class ReadOnDuty
{
    public sealed record Reach(string Channel, bool Verified);

    public sealed record Person(string Kind, string Alias, string? Title, string Unit, IReadOnlyList<Reach> Channels);

    public sealed record LayerItem(string Layer, IReadOnlyList<Person> Targets);

    /// <param name="Unit">The desk asked for.</param>
    /// <param name="EmptyDesk">Nobody is on duty there: the central desk is paged instead, and is what <c>Layers</c> shows.</param>
    public sealed record Answer(DateTimeOffset At, string Unit, string DayClass, bool EmptyDesk, IReadOnlyList<LayerItem> Layers);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/on-duty", HandleAsync).RequireRole(DutyRoutes.Readers).Produces<Answer>();

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, OnDuty onDuty, DatabaseClock clock, CancellationToken cancel)
    {
        var (asked, malformed) = QueryTime.Read(http, "at");
        if (malformed is not null)
            return Problems.Refuse(malformed);
        var unit = http.Request.Query["province"].ToString() is { Length: > 0 } province ? province : LadderStep.Central;
        if (!Units.Exists(unit))
            return Problems.Refuse(Refusal.With("request.unknown-code", "at", "province"));
        var at = asked ?? await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        var layers = await LayersAsync(connection, onDuty, unit, at, cancel);
        var empty = layers.All(layer => layer.Targets.Count == 0);
        var roster = await RosterRows.InForceAsync(connection, unit, at, cancel) ?? UnitRoster.Empty(unit);
        var day = roster.ClassOf(at, await CalendarDays.InForceAsync(connection, cancel)).ToText();
        return Results.Ok(new Answer(
            at, unit, day, empty, empty && unit != LadderStep.Central ? await LayersAsync(connection, onDuty, LadderStep.Central, at, cancel) : layers));
    }

    internal static async Task<IReadOnlyList<LayerItem>> LayersAsync(NpgsqlConnection connection, OnDuty onDuty, string unit, DateTimeOffset at, CancellationToken cancel)
    {
        var roster = await RosterRows.InForceAsync(connection, unit, at, cancel);
        var names = (roster?.Layers ?? []).Select(layer => layer.Name!).Concat((roster?.Landlines ?? []).Select(line => line.Layer!)).Distinct();
        var layers = new List<LayerItem>();
        foreach (var name in names)
            layers.Add(new LayerItem(name, [.. (await onDuty.FindAsync(connection, unit, name, at, cancel)).Select(Show)]));
        return layers;
    }

    static Person Show(Target target) => new(
        target.Kind == TargetKind.Person ? "person" : "landline", target.Alias, target.Title, target.Unit,
        [.. target.Contacts.Select(contact => new Reach(contact.Channel, contact.Verified))]);
}
