using System.Globalization;

namespace Hotline.Hosting.Audit;

/// <summary>
/// Ids that were taken and whose records were not there yet when greater ones were. Purpose: a record that commits late is
/// found without reading again what has its leaf. Must stay true: an id up to the last one seen is either seen or here;
/// otherwise its record stays out of the log.
/// </summary>
/// <param name="through">No record up to this one can come any more.</param>
public sealed class UnseenRecords(long through)
{
    /// <summary>Ascending, both ends included, none next to another. Ranges: a sequence may jump by any number.</summary>
    readonly List<(long From, long To)> ranges = [];

    /// <summary>The greatest id that was seen.</summary>
    public long Through { get; private set; } = through;

    /// <summary>Nothing below this one is to be looked for.</summary>
    public long First => ranges.Count > 0 ? ranges[0].From : Through + 1;

    public void See(long id) => See(id, id);

    /// <summary>A run of ids, none of them seen before.</summary>
    public void See(long from, long to)
    {
        if (from > Through)
        {
            if (from > Through + 1)
                ranges.Add((Through + 1, from - 1));
            Through = to;
            return;
        }
        var at = ranges.FindIndex(r => r.From <= from && to <= r.To);
        if (at < 0)
            return;
        var around = ranges[at];
        ranges.RemoveAt(at);
        if (to < around.To)
            ranges.Insert(at, (to + 1, around.To));
        if (around.From < from)
            ranges.Insert(at, (around.From, from - 1));
    }

    /// <summary>What was not seen up to this id never comes: its transaction was rolled back.</summary>
    public void Forget(long upTo)
    {
        ranges.RemoveAll(r => r.To <= upTo);
        if (ranges.Count > 0 && ranges[0].From <= upTo)
            ranges[0] = (upTo + 1, ranges[0].To);
        Through = Math.Max(Through, upTo);
    }

    /// <summary>As an <c>int8multirange</c>.</summary>
    public override string ToString() => $"{{{string.Join(',', ranges.Select(r => string.Create(CultureInfo.InvariantCulture, $"[{r.From},{r.To}]")))}}}";
}
