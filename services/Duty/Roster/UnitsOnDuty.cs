using Hotline.Duty.Calendar;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary>The desks at which an officer has a layer at this very instant, by roster and stand-ins. Nothing is cached: duty ends when it ends.</summary>
public static class UnitsOnDuty
{
    /// <param name="officer">User name.</param>
    /// <returns><c>central</c> and province codes.</returns>
    public static async Task<IReadOnlyList<string>> OfAsync(NpgsqlConnection connection, string officer, CancellationToken cancel)
    {
        var (at, rosters) = await NamedInAsync(connection, officer, cancel);
        if (rosters.Count == 0)
            return [];
        var standIns = await OverrideRows.BetweenAsync(connection, null, at, at.AddTicks(TimeSpan.TicksPerMicrosecond), cancel);
        var calendar = await CalendarDays.InForceAsync(connection, cancel);
        return [.. rosters.Where(roster => roster.Layers!.Any(layer => Has(roster, layer.Name!))).Select(roster => roster.Unit!)];

        bool Has(UnitRoster roster, string layer) => standIns.FirstOrDefault(o => o.Unit == roster.Unit && o.Layer == layer) is { } standIn
            ? standIn.Officer == officer : roster.ByRule(layer, at, calendar).Contains(officer);
    }

    /// <summary>The rosters in force that name the officer, or have him as a stand-in now: most officers are in one.</summary>
    static async Task<(DateTimeOffset At, List<UnitRoster> Rosters)> NamedInAsync(NpgsqlConnection connection, string officer, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select hotline_now(), r.content from (
              select distinct on (unit) unit, content from rosters where valid_from <= hotline_now() order by unit, valid_from desc, version desc) r
            where position(to_json($1::text)::text in r.content::text) > 0 or exists (
              select from overrides o join accounts a on a.id = o.account_id
              where o.unit = r.unit and a.user_name = $1 and o.starts_at <= hotline_now() and o.ends_at > hotline_now() and o.cancelled_at is null)
            """,
            connection);
        command.Parameters.Add(Sql.Parameter(officer));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var (at, rosters) = (default(DateTimeOffset), new List<UnitRoster>());
        while (await reader.ReadAsync(cancel))
        {
            at = reader.Time(0);
            rosters.Add(UnitRoster.FromJson(reader.GetString(1)));
        }
        return (at, rosters);
    }
}
