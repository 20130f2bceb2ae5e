using Hotline.Duty.Calendar;

namespace Hotline.Duty.Roster;

/// <summary>A span of time (UTC, the end exclusive) in which the same officers have one layer of one desk.</summary>
/// <param name="Officers">User names; nobody in a gap.</param>
/// <param name="StandIn">Whether an override says so.</param>
public sealed record Shift(string Unit, string Layer, DateTimeOffset From, DateTimeOffset Until, IReadOnlyList<string> Officers, bool StandIn);

/// <summary>Lays out the shifts of a desk over a span of time: pure, over the rows given.</summary>
public static class Shifts
{
    /// <param name="versions">Of one unit's roster, in any order.</param>
    /// <param name="overrides">Those of the unit that touch the span.</param>
    public static IReadOnlyList<Shift> Between(
        IReadOnlyList<DatedRoster> versions, IReadOnlyList<Override> overrides, IReadOnlyCollection<CalendarDay> calendar,
        string layer, DateTimeOffset from, DateTimeOffset until)
    {
        var shifts = new List<Shift>();
        var ofLayer = overrides.Where(o => o.Layer == layer).ToList();
        foreach (var (start, end) in Spans(Changes(versions, ofLayer, from, until), from, until))
        {
            if (DatedRoster.At(versions, start)?.Roster is not { } roster)
                continue;
            var standIn = ofLayer.FirstOrDefault(o => o.From <= start && o.Until > start);
            var next = new Shift(roster.Unit!, layer, start, end, standIn is null ? roster.ByRule(layer, start, calendar) : [standIn.Officer], standIn is not null);
            if (shifts.Count > 0 && Continues(shifts[^1], next))
                shifts[^1] = shifts[^1] with { Until = next.Until };
            else
                shifts.Add(next);
        }
        return shifts;
    }

    /// <summary>The next span that an officer has alone on one of the layers: what can be given to somebody else.</summary>
    /// <param name="from">What is over by then is not looked at; a shift that runs is cut there.</param>
    public static Shift? NextAlone(
        string officer, IReadOnlyList<DatedRoster> versions, IReadOnlyList<Override> overrides, IReadOnlyCollection<CalendarDay> calendar,
        IEnumerable<string> layers, DateTimeOffset from, DateTimeOffset until) =>
        layers.SelectMany(layer => Between(versions, overrides, calendar, layer, from, until))
            .Where(shift => shift.Officers is [var alone] && alone == officer).OrderBy(shift => shift.From).FirstOrDefault();

    static bool Continues(Shift before, Shift next) =>
        before.Until == next.From && before.StandIn == next.StandIn && before.Officers.SequenceEqual(next.Officers);

    static IEnumerable<(DateTimeOffset From, DateTimeOffset Until)> Spans(IEnumerable<DateTimeOffset> changes, DateTimeOffset from, DateTimeOffset until)
    {
        var start = from;
        foreach (var change in changes.Where(c => c > from && c < until).Distinct().Order())
        {
            yield return (start, change);
            start = change;
        }
        yield return (start, until);
    }

    /// <summary>Every instant at which somebody else might be on duty; more than needed do no harm.</summary>
    static IEnumerable<DateTimeOffset> Changes(IReadOnlyList<DatedRoster> versions, IReadOnlyList<Override> overrides, DateTimeOffset from, DateTimeOffset until) =>
    [
        .. versions.Select(dated => dated.From),
        .. overrides.SelectMany(o => (DateTimeOffset[])[o.From, o.Until]),
        .. versions.SelectMany(dated => OfRule(dated.Roster, from, until)),
    ];

    static IEnumerable<DateTimeOffset> OfRule(UnitRoster roster, DateTimeOffset from, DateTimeOffset until)
    {
        var hours = OfficeHours.Parse(roster.OfficeHours ?? string.Empty) ?? OfficeHours.Standard;
        var times = hours.Spans.SelectMany(span => (TimeOnly[])[span.From, span.Until]).Append(TimeOnly.MinValue).Select(time => (roster.TimeZone!, time))
            .Concat(roster.Layers!.SelectMany(layer => layer.Rotations!).SelectMany(rotation =>
                ((string?[])[rotation.HandOverAt, rotation.Until]).OfType<string>().Select(time => (rotation.TimeZone ?? roster.TimeZone!, OfficeHours.Time(time)!.Value))));
        foreach (var (name, time) in times.Distinct())
        {
            var zone = ZonedTime.Zone(name);
            var last = DateOnly.FromDateTime(ZonedTime.Local(until, zone));
            for (var date = DateOnly.FromDateTime(ZonedTime.Local(from, zone)); date <= last; date = date.AddDays(1))
                yield return ZonedTime.InstantOf(date, time, zone);
        }
    }
}
