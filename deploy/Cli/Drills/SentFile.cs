// The drill's own idea of what an agency must read, made from the lines of the file and from nothing that the services
// say. What must stay true: it shares no code with the making of case files, or a fault in there would confirm itself.
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Hotline.Cli.Drills;

/// <summary>One version of a case file as it was sent: the calls on the case at that moment, less who is not to be named.</summary>
sealed record SentFile(IReadOnlyList<DrillCall> Calls, bool WithoutReporter)
{
    static readonly string[] SheetMembers =
        ["startedAt", "durationSeconds", "channel", "callerNumber", "callerRelation", "callerName", "language", "interpreterNeeded", "disposition", "summary"];

    static readonly string[] CallerMembers = ["callerNumber", "callerRelation", "callerName"];

    /// <summary>Where what an officer opened differs; paths, never words. Empty = it is what was sent.</summary>
    public IReadOnlyList<string> DifferencesFrom(JsonObject opened)
    {
        var differences = new List<string>();
        CompareSheet(Calls[^1], opened["call"], "/call", differences);
        var earlier = opened["earlierCalls"]?.AsArray() ?? [];
        if (earlier.Count != Calls.Count - 1) differences.Add("/earlierCalls");
        foreach (var (index, call) in Calls.Take(Math.Min(Calls.Count - 1, earlier.Count)).Index())
            CompareSheet(call, earlier[index], $"/earlierCalls/{index}", differences);
        ComparePersons(opened["persons"]?.AsArray() ?? [], differences);
        foreach (var section in (string[])["placeOfEvent", "trafficking", "safety", "consent", "complaint"])
            if (!Same(Section(section), opened[section])) differences.Add($"/{section}");
        if (!Texts(opened["needs"]).SetEquals(Calls.SelectMany(call => Texts(call.Body["needs"])))) differences.Add("/needs");
        var withheld = (opened["withheld"]?.AsArray() ?? []).Select(group => group?["group"]?.GetValue<string>());
        if (!withheld.SequenceEqual(WithoutReporter ? ["reporter"] : [])) differences.Add("/withheld");
        return differences;
    }

    void CompareSheet(DrillCall call, JsonNode? sheet, string path, List<string> differences)
    {
        foreach (var member in SheetMembers)
        {
            var sent = WithoutReporter && CallerMembers.Contains(member) ? null : call.Body[member];
            if (member == "startedAt" ? !SameInstant(sent, sheet?[member]) : !Same(sent, sheet?[member])) differences.Add($"{path}/{member}");
        }
    }

    /// <summary>Everybody of the newest call as told there; of earlier calls too, unless a later call tells of the same name.</summary>
    void ComparePersons(JsonArray opened, List<string> differences)
    {
        var told = Calls.Select(call => PersonsOf(call).ToList()).ToList();
        foreach (var (index, person) in told[^1].Index())
            if (!opened.Any(other => Same(person, other))) differences.Add($"/persons (sent: {index})");
        foreach (var person in told.SkipLast(1).SelectMany(persons => persons))
            if (!opened.Any(other => Same(person, other) || IsSuccessor(person, other!))) differences.Add("/persons (of an earlier call)");
        foreach (var (index, person) in opened.Index())
            if (!told.Any(persons => persons.Any(other => Same(other, person)))) differences.Add($"/persons/{index}");
        if (opened.Count < told[^1].Count) differences.Add("/persons");
    }

    IEnumerable<JsonNode> PersonsOf(DrillCall call) =>
        (call.Body["persons"]?.AsArray() ?? []).Where(person => !(WithoutReporter && person!["role"]?.GetValue<string>() == "reporter")).Select(person => person!);

    static bool IsSuccessor(JsonNode person, JsonNode other) =>
        Same(person["role"], other["role"]) && person["fullName"] is { } name && other["fullName"] is { } again
        && Unmarked(name.GetValue<string>()) == Unmarked(again.GetValue<string>());

    /// <summary>The newest that says anything. Contact safety: the newest, because "asked, not known" is an answer.</summary>
    JsonObject? Section(string name)
    {
        var sections = Calls.Select(call => call.Body[name]).OfType<JsonObject>().ToList();
        return name == "safety" ? sections.LastOrDefault() : sections.LastOrDefault(Says) ?? sections.LastOrDefault();
    }

    static bool Says(JsonNode? node) => node switch
    {
        null => false,
        JsonArray list => list.Any(Says),
        JsonObject members => members.Any(member => Says(member.Value)),
        _ => true,
    };

    /// <summary>Equal but for Unicode form. Nothing, null and an empty list are the same.</summary>
    static bool Same(JsonNode? sent, JsonNode? opened) => (sent, opened) switch
    {
        (JsonObject one, JsonObject other) => one.Concat(other).Select(member => member.Key).Distinct().All(key => Same(one[key], other[key])),
        (JsonArray one, JsonArray other) => one.Count == other.Count && one.Zip(other).All(pair => Same(pair.First, pair.Second)),
        (JsonValue one, JsonValue other) => one.TryGetValue(out string? text) && other.TryGetValue(out string? again)
            ? text.Normalize(NormalizationForm.FormC) == again
            : JsonNode.DeepEquals(one, other),
        _ => IsNothing(sent) && IsNothing(opened),
    };

    static bool IsNothing(JsonNode? node) => node is null or JsonArray { Count: 0 } || node is JsonObject members && members.All(member => IsNothing(member.Value));

    static bool SameInstant(JsonNode? sent, JsonNode? opened) =>
        sent is null || opened is null ? sent is null && opened is null : Instant(sent) == Instant(opened);

    static DateTimeOffset Instant(JsonNode node) => DateTimeOffset.Parse(node.GetValue<string>(), CultureInfo.InvariantCulture);

    static HashSet<string> Texts(JsonNode? list) => [.. (list?.AsArray() ?? []).Select(item => item!.GetValue<string>())];

    static string Unmarked(string name) => string.Join(' ', string.Concat(name.Normalize(NormalizationForm.FormD)
        .Where(letter => char.GetUnicodeCategory(letter) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.Format)))
        .ToLowerInvariant().Replace('đ', 'd').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
