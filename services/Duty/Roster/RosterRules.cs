using System.Text.RegularExpressions;
using Hotline.Contracts;
using Hotline.Duty.Calendar;

namespace Hotline.Duty.Roster;

/// <summary>What a roster must be before it is kept. Each refusal names the place by JSON pointer.</summary>
public static partial class RosterRules
{
    /// <summary>The roster with everything filled in that may be left out.</summary>
    public static UnitRoster Complete(UnitRoster roster, DateTimeOffset now) => roster with
    {
        Unit = roster.Unit ?? Ladders.LadderStep.Central,
        TimeZone = roster.TimeZone ?? ZonedTime.HaNoi,
        Staffed = roster.Staffed ?? UnitRoster.Always,
        Layers = [.. (roster.Layers ?? []).Select(layer => layer with { Rotations = layer.Rotations ?? [] })],
        Landlines = [.. (roster.Landlines ?? []).Select(line => line with
        {
            Id = line.Id ?? Guid.CreateVersion7(now), Hours = line.Hours ?? UnitRoster.Always, Layer = line.Layer ?? "primary", MayRing = line.MayRing ?? true,
        })],
    };

    /// <summary>Null where nothing is wrong with it.</summary>
    /// <param name="roster">Completed.</param>
    public static Refusal? Check(UnitRoster roster)
    {
        if (!Units.Exists(roster.Unit!))
            return Refusal.With("request.unknown-code", "at", "/unit");
        if (ZonedTime.Find(roster.TimeZone!) is null)
            return Refusal.With("time-zone.unknown", "at", "/timeZone");
        if (roster.OfficeHours is { } hours && OfficeHours.Parse(hours) is null)
            return Refusal.With("request.malformed", "at", "/officeHours");
        if (roster.Staffed is not (UnitRoster.Always or UnitRoster.Office))
            return Refusal.With("request.unknown-code", "at", "/staffed");
        return roster.Layers!.Index().Select(layer => Check(layer.Item, $"/layers/{layer.Index}"))
            .Append(Twice(roster))
            .Concat(roster.Landlines!.Index().Select(line => Check(line.Item, $"/landlines/{line.Index}")))
            .FirstOrDefault(refusal => refusal is not null);
    }

    /// <summary>Null where everybody named has an account that can be on duty.</summary>
    public static Refusal? CheckOfficers(UnitRoster roster, IReadOnlySet<string> known)
    {
        foreach (var (l, layer) in roster.Layers!.Index())
            foreach (var (r, rotation) in layer.Rotations!.Index())
                foreach (var (o, officer) in rotation.Officers!.Index())
                    if (!known.Contains(officer))
                        return Refusal.With("request.unknown-code", "at", $"/layers/{l}/rotations/{r}/officers/{o}");
        return null;
    }

    static Refusal? Twice(UnitRoster roster) => roster.Layers!.Select(layer => layer.Name).Distinct().Count() == roster.Layers!.Count
        ? null : Refusal.With("request.malformed", "at", "/layers");

    static Refusal? Check(Layer layer, string at) => layer.Name is null || !LayerName().IsMatch(layer.Name)
        ? Refusal.With("request.malformed", "at", $"{at}/name")
        : layer.Rotations!.Index().Select(rotation => Check(rotation.Item, $"{at}/rotations/{rotation.Index}")).FirstOrDefault(refusal => refusal is not null);

    static Refusal? Check(Rotation rotation, string at)
    {
        if (rotation.Officers is not { Count: > 0 })
            return Refusal.With("rotation.without-people", "at", $"{at}/officers");
        if (rotation.Every is not (Rotation.Daily or Rotation.Weekly))
            return Refusal.With("request.unknown-code", "at", $"{at}/every");
        if (rotation.StartsOn is null)
            return Refusal.With("request.malformed", "at", $"{at}/startsOn");
        if (rotation.HandOverAt is null || OfficeHours.Time(rotation.HandOverAt) is null)
            return Refusal.With("request.malformed", "at", $"{at}/handOverAt");
        if (rotation.Until is { } until && (OfficeHours.Time(until) is null || until == rotation.HandOverAt))
            return Refusal.With("request.malformed", "at", $"{at}/until");
        if (rotation.TimeZone is { } zone && ZonedTime.Find(zone) is null)
            return Refusal.With("time-zone.unknown", "at", $"{at}/timeZone");
        return rotation.On is { } on && (on.Count == 0 || !on.All(DayClassCodes.All.Contains)) ? Refusal.With("request.unknown-code", "at", $"{at}/on") : null;
    }

    static Refusal? Check(Landline line, string at)
    {
        if (string.IsNullOrWhiteSpace(line.Name))
            return Refusal.With("request.malformed", "at", $"{at}/name");
        if (string.IsNullOrWhiteSpace(line.Phone))
            return Refusal.With("request.malformed", "at", $"{at}/phone");
        return line.Hours is UnitRoster.Always or UnitRoster.Office ? null : Refusal.With("request.unknown-code", "at", $"{at}/hours");
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{0,39}$")]
    private static partial Regex LayerName();
}
