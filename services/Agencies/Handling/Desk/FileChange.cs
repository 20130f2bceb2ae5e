using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline.Contracts;

namespace Hotline.Handling.Desk;

/// <summary>A part of a file that says something else than before.</summary>
/// <param name="Part">As in <c>changed.*</c> of the words.</param>
/// <param name="Before">What it said, where that is a text; null where it is new or no text.</param>
public sealed record FileChange(string Part, string? Before)
{
    public static IReadOnlyList<FileChange> Between(CaseFile before, CaseFile now) => [.. All(before, now)];

    static IEnumerable<FileChange> All(CaseFile before, CaseFile now)
    {
        if (Differ(before.Safety, now.Safety))
            yield return new FileChange("safety", null);
        if (Differ(before.Persons, now.Persons))
            yield return new FileChange("persons", string.Join(", ", before.Persons.Select(person => person.FullName).OfType<string>()));
        if (Differ(before.PlaceOfEvent, now.PlaceOfEvent))
            yield return new FileChange("place", before.PlaceOfEvent?.Detail);
        if (before.Call.Summary != now.Call.Summary)
            yield return new FileChange("summary", before.Call.Summary);
        if (Differ(before.Call with { Summary = null }, now.Call with { Summary = null }))
            yield return new FileChange("call", null);
        if (Differ(before.Trafficking, now.Trafficking))
            yield return new FileChange("trafficking", null);
        if (Differ(before.Needs, now.Needs))
            yield return new FileChange("needs", null);
        if (Differ(before.Consent, now.Consent))
            yield return new FileChange("consent", null);
        if (Differ(before.Complaint, now.Complaint))
            yield return new FileChange("complaint", null);
        if (Differ(before.Withheld, now.Withheld))
            yield return new FileChange("withheld", null);
        if (Differ(before.Missing, now.Missing))
            yield return new FileChange("missing", null);
        if (Differ(before.EarlierCalls, now.EarlierCalls))
            yield return new FileChange("earlierCalls", null);
    }

    static bool Differ<T>(T before, T now) => !JsonNode.DeepEquals(JsonSerializer.SerializeToNode(before, Wire.Json), JsonSerializer.SerializeToNode(now, Wire.Json));
}
