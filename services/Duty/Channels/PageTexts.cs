using System.Globalization;
using Hotline.Duty.Ladders;

namespace Hotline.Duty.Channels;

/// <summary>
/// The words of a page: the referral's number, its urgency, the agency, where to click, and nothing else. Must stay true:
/// nothing of a case, no province and no name can get here, because pages are read on locked screens by bystanders.
/// </summary>
public static class PageTexts
{
    /// <summary>Stands before every page of an exercise.</summary>
    public const string ExerciseMark = "DIỄN TẬP";

    const int MostNamed = 3;

    /// <summary>Fills a template. Placeholders that are none of the four stay as they are, and the plan refuses them when it is written.</summary>
    public static string Fill(string template, string reference, string urgency, string agency, string link) => template
        .Replace("{reference}", reference, StringComparison.Ordinal)
        .Replace("{urgency}", urgency, StringComparison.Ordinal)
        .Replace("{agency}", agency, StringComparison.Ordinal)
        .Replace("{link}", link, StringComparison.Ordinal);

    /// <summary>The numbers of a bundle, the first few by name.</summary>
    public static string References(IReadOnlyList<string> references) => references.Count <= MostNamed
        ? string.Join(", ", references)
        : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", references.Take(MostNamed))} (+{references.Count - MostNamed})");

    internal static OutgoingPage Write(PageBundle bundle, string address, string template, string agency, string link)
    {
        var page = bundle.First;
        var exercise = page.IsExercise;
        var references = References([.. bundle.Pages.Select(p => p.Reference)]);
        var mark = exercise ? $"[{ExerciseMark}] " : "";
        return new OutgoingPage(
            page.Key, page.Channel, address, $"{mark}{references} {page.Urgency}", mark + Fill(template, references, page.Urgency, agency, link), exercise);
    }

    internal static string Template(DutyPlan plan, string channel) =>
        (plan.Templates?.FirstOrDefault(t => t.Channel == channel) ?? DefaultPlan.Of(null).Templates!.First(t => t.Channel == channel)).Text!;
}
