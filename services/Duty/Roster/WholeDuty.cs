using Hotline.Duty.Calendar;
using Hotline.Duty.Ladders;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary>All desks of a party, read at once: to look for gaps and for those who cannot be reached.</summary>
sealed record WholeDuty(IReadOnlyList<IGrouping<string, DatedRoster>> Units, IReadOnlyList<Override> Overrides, IReadOnlyList<CalendarDay> Calendar)
{
    public static async Task<WholeDuty> LoadAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancel)
    {
        var versions = await RosterRows.VersionsAsync(connection, null, cancel);
        var overrides = await OverrideRows.BetweenAsync(connection, null, now, now + Gaps.Ahead + TimeSpan.FromDays(1), cancel);
        return new WholeDuty([.. versions.GroupBy(dated => dated.Roster.Unit!)], overrides, await CalendarDays.InForceAsync(connection, cancel));
    }

    public IReadOnlyList<Gap> GapsBetween(DateTimeOffset from, DateTimeOffset until) =>
    [
        // The national desk is the last target always: without a roster it is one long gap.
        .. Units.Any(unit => unit.Key == LadderStep.Central) ? [] : (Gap[])[new Gap(LadderStep.Central, "primary", from, until)],
        .. Units.SelectMany(unit => Gaps.Between([.. unit], OverridesOf(unit.Key), Calendar, from, until)),
    ];

    public IEnumerable<Shift> ShiftsBetween(DateTimeOffset from, DateTimeOffset until) => Units.SelectMany(unit => unit
        .SelectMany(dated => dated.Roster.Layers!).Select(layer => layer.Name!).Distinct()
        .SelectMany(layer => Shifts.Between([.. unit], OverridesOf(unit.Key), Calendar, layer, from, until)));

    IReadOnlyList<Override> OverridesOf(string unit) => [.. Overrides.Where(o => o.Unit == unit)];
}
