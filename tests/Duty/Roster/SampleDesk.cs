using Hotline.Duty.Calendar;
using Hotline.Duty.Roster;

namespace Hotline.Duty.Tests.Roster;

/// <summary>Rosters in one line each.</summary>
static class SampleDesk
{
    public static readonly IReadOnlyList<CalendarDay> Calendar = CalendarFiles.KnownDays();

    public static DateTimeOffset HaNoi(string local) => DateTimeOffset.Parse(local + ":00+07:00", System.Globalization.CultureInfo.InvariantCulture).ToUniversalTime();

    public static Rotation Daily(params string[] officers) =>
        new() { Every = Rotation.Daily, StartsOn = new DateOnly(2026, 1, 5), HandOverAt = "08:00", Officers = officers };

    public static Rotation Weekly(params string[] officers) => Daily(officers) with { Every = Rotation.Weekly };

    public static UnitRoster Desk(params Rotation[] primary) => RosterRules.Complete(
        new UnitRoster { Layers = [new Layer { Name = "primary", Rotations = primary }] }, DateTimeOffset.UnixEpoch);

    public static DatedRoster From(string local, UnitRoster roster, long version = 1) => new(HaNoi(local), version, roster);

    public static Override StandIn(string officer, string from, string until) =>
        new(Guid.Empty, "central", "primary", HaNoi(from), HaNoi(until), officer, string.Empty, false);
}
