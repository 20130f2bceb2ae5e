using Hotline.Duty.Calendar;
using Hotline.Duty.Ladders;
using Hotline.Duty.Officers;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary>
/// Who is on duty, looked up anew at each page. Must stay true: an officer whose account ended is nobody, a landline is
/// no person, and nothing here is cached, or a page goes to somebody who went home.
/// </summary>
public sealed class OnDuty(StorageKeys storage)
{
    /// <summary>Those of one layer of one desk: officers first, then landlines. Empty where nobody is on duty there.</summary>
    /// <param name="unit"><c>central</c> or a province code; one without a roster is an empty desk.</param>
    public async Task<IReadOnlyList<Target>> FindAsync(NpgsqlConnection connection, string unit, string layer, DateTimeOffset at, CancellationToken cancel) =>
        await FindAsync(connection, unit, [layer], await CalendarDays.InForceAsync(connection, cancel), at, cancel);

    /// <summary>Those of a step: where a desk has nobody whom a program can page, the central one is asked as well, at once.</summary>
    /// <param name="own">The unit of what is escalating.</param>
    public async Task<IReadOnlyList<Target>> FindAsync(
        NpgsqlConnection connection, LadderStep step, string own, IReadOnlyCollection<CalendarDay> calendar, DateTimeOffset at, CancellationToken cancel)
    {
        var unit = step.UnitFor(own);
        var found = await FindAsync(connection, unit, step.Layers, calendar, at, cancel);
        return unit == LadderStep.Central || found.Any(target => target.CanBePagedOn(step.Channels))
            ? found : [.. found.Concat(await FindAsync(connection, LadderStep.Central, step.Layers, calendar, at, cancel)).DistinctBy(target => target.Id)];
    }

    /// <summary>Layer by layer, nobody twice: three questions to the database, however many layers.</summary>
    async Task<IReadOnlyList<Target>> FindAsync(
        NpgsqlConnection connection, string unit, IReadOnlyList<string> layers, IReadOnlyCollection<CalendarDay> calendar, DateTimeOffset at, CancellationToken cancel)
    {
        if (await RosterRows.InForceAsync(connection, unit, at, cancel) is not { } roster)
            return [];
        var standIns = (await OverrideRows.BetweenAsync(connection, unit, at, at.AddTicks(TimeSpan.TicksPerMicrosecond), cancel)).ToDictionary(o => o.Layer, o => o.Officer);
        var names = layers.ToDictionary(layer => layer, layer => standIns.TryGetValue(layer, out var officer) ? [officer] : roster.ByRule(layer, at, calendar));
        var officers = await OfficerRows.ByNameAsync(connection, storage, [.. names.Values.SelectMany(n => n).Distinct()], unit, cancel);
        return
        [
            .. layers.SelectMany(layer => (IEnumerable<Target>)
            [
                .. names[layer].Select(name => officers.GetValueOrDefault(name)).OfType<Target>(), .. LandlinesOf(roster, layer, at, calendar),
            ]).DistinctBy(target => target.Id),
        ];
    }

    static IEnumerable<Target> LandlinesOf(UnitRoster roster, string layer, DateTimeOffset at, IReadOnlyCollection<CalendarDay> calendar)
    {
        var open = roster.ClassOf(at, calendar) == DayClass.OfficeHours;
        return (roster.Landlines ?? [])
            .Where(line => line.Layer == layer && (line.Hours == UnitRoster.Always || open))
            .Select(line => new Target(
                line.Id!.Value, TargetKind.Landline, line.Name!, null, roster.Unit!,
                line.MayRing == true ? [new Contact(line.Id.Value, "voice", line.Phone!, Verified: true)] : []));
    }
}
