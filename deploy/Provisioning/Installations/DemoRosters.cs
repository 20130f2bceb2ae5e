using Hotline.Contracts;
using Hotline.Duty.Calendar;
using Hotline.Duty.Roster;
using Hotline.Handling.Profiles;

namespace Hotline.Provisioning.Installations;

/// <summary>The rosters that a demonstration starts with: every desk of a party, staffed by its demo officers.</summary>
static class DemoRosters
{
    static readonly DateOnly Start = new(2026, 1, 5);

    /// <summary>The hub: whoever supervises the shift, when a watch item is taken by nobody.</summary>
    public static UnitRoster OfHub() => RosterRules.Complete(
        new UnitRoster { Unit = "central", Name = "Đường dây nóng", Layers = LayersOf("supervisor", ["supervisor-2"], "shift-head", null) }, Moment);

    public static IReadOnlyList<UnitRoster> Of(AgencyProfile profile, IReadOnlyList<DeskNumber> numbers)
    {
        var units = (profile.ProvinceDesks ?? [.. CodeList.Of("province").Items.Select(province => province.Value)]).Prepend("central");
        return [.. units.Select(unit => DeskOf(profile, unit, [.. numbers.Where(number => number.Agency == profile.Name && number.Unit == unit)]))];
    }

    static UnitRoster DeskOf(AgencyProfile profile, string unit, IReadOnlyList<DeskNumber> numbers)
    {
        var own = profile.Duty.Desks.FirstOrDefault(desk => desk.Unit == unit);
        var staffed = own?.Staffed ?? UnitRoster.Always;
        return RosterRules.Complete(new UnitRoster
        {
            Unit = unit,
            Name = own?.Name ?? NameOf(profile, unit),
            OfficeHours = own?.OfficeHours ?? profile.Duty.OfficeHours,
            Staffed = staffed,
            Layers = LayersOf(
                "duty-officer", ["focal-point", "duty-officer-2"], "duty-head", staffed == UnitRoster.Office ? [DayClass.OfficeHours.ToText()] : null),
            Landlines = [.. numbers.Select(number => new Landline { Name = number.NameVi, Phone = number.Phone, Hours = number.Hours, MayRing = number.MayRing })],
        }, Moment);
    }

    static string NameOf(AgencyProfile profile, string unit) => unit == "central"
        ? profile.NameVi : $"{profile.Duty.ProvinceDeskName ?? profile.NameVi}, {CodeList.Of("province").Find(unit)!.Vi}";

    static Layer[] LayersOf(string primary, string[] deputies, string head, string[]? on) =>
    [
        new() { Name = "primary", Rotations = [Turns(Rotation.Daily, on, primary)] },
        new() { Name = "deputy", Rotations = [Turns(Rotation.Weekly, on, deputies)] },
        new() { Name = "head", Rotations = [Turns(Rotation.Weekly, on, head)] },
    ];

    static Rotation Turns(string every, string[]? on, params string[] officers) =>
        new() { Every = every, StartsOn = Start, HandOverAt = "08:00", On = on, Officers = officers };

    static DateTimeOffset Moment => TimeProvider.System.GetUtcNow();
}
