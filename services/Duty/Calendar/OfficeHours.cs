using System.Globalization;

namespace Hotline.Duty.Calendar;

/// <summary>When a desk is open on a working day, local time; <c>08:00-17:00</c>, several spans separated by commas.</summary>
public sealed record OfficeHours
{
    OfficeHours(IReadOnlyList<(TimeOnly From, TimeOnly Until)> spans) => Spans = spans;

    public static OfficeHours Standard { get; } = Parse("08:00-17:00")!;

    /// <summary>In order, not touching.</summary>
    public IReadOnlyList<(TimeOnly From, TimeOnly Until)> Spans { get; }

    public TimeOnly Opens => Spans[0].From;

    public TimeOnly Closes => Spans[^1].Until;

    public bool Include(TimeOnly local) => Spans.Any(span => local >= span.From && local < span.Until);

    /// <summary>Null where the text is not of that form.</summary>
    public static OfficeHours? Parse(string text)
    {
        var spans = new List<(TimeOnly From, TimeOnly Until)>();
        foreach (var span in text.Split(','))
        {
            if (span.Trim().Split('-') is not [var from, var until] || Time(from) is not { } opens || Time(until) is not { } closes
                || closes <= opens || (spans.Count > 0 && opens <= spans[^1].Until))
                return null;
            spans.Add((opens, closes));
        }
        return new OfficeHours(spans);
    }

    /// <summary><c>HH:mm</c>, or null.</summary>
    public static TimeOnly? Time(string text) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    public override string ToString() => string.Join(',', Spans.Select(span => $"{span.From:HH:mm}-{span.Until:HH:mm}"));
}
