using System.Globalization;
using Hotline.Console.Words;
using Hotline.Duty.Ladders;

namespace Hotline.Duty.Schedule;

/// <summary>How the pages of duty call desks, layers and days.</summary>
public static class DutyWords
{
    public static string Unit(this Phrasebook words, string unit) => unit switch
    {
        LadderStep.Central => words["duty.central"],
        LadderStep.Own => words["duty.own"],
        _ => words.Code("province", unit),
    };

    /// <summary>The usual ones in words; a party may have others.</summary>
    public static string Layer(this Phrasebook words, string layer) => words.Has($"layer.{layer}") ? words[$"layer.{layer}"] : layer;

    /// <summary>The known ones in words; a party may have others.</summary>
    public static string LegalClock(this Phrasebook words, string name) => words.Has($"legal.{name}") ? words[$"legal.{name}"] : name;

    /// <summary>T2 18/06/2026.</summary>
    public static string Date(this Phrasebook words, DateOnly date) =>
        $"{words[$"weekday.{(int)date.DayOfWeek}"]} {date.ToString("dd/MM/yyyy", CultureInfo.InvariantCulture)}";

    /// <summary>For <c>datetime-local</c>: Viet Nam's time.</summary>
    public static string Typed(DateTimeOffset at) => Phrasebook.Local(at).ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);

    /// <summary>A wait as it is read: minutes up to two hours, whole hours from there on.</summary>
    public static string Wait(this Phrasebook words, TimeSpan? wait) => wait is not { } span ? "—"
        : span.TotalHours >= 2 && span.TotalHours % 1 == 0 ? words["plan.hours", span.TotalHours] : words["plan.minutes", Minutes(span)];

    /// <summary>A wait in minutes, as it is typed.</summary>
    public static string? Minutes(TimeSpan? wait) => wait?.TotalMinutes.ToString("0.##", CultureInfo.InvariantCulture);
}
