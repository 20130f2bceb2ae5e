using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline.Intake;

namespace Hotline.Cli.Drills;

/// <summary>
/// What an operator does when the words of a call still name a reporter who is not to be named: writes them anew. The
/// facts stay.
/// </summary>
static partial class Unnaming
{
    const string Instead = "[người báo tin]";

    /// <summary>The call with the names of all reporters of the case out of its free text; null where there are none in it.</summary>
    public static DrillCall? Rewrite(DrillCall call, IReadOnlyList<DrillCall> ofCase)
    {
        var victims = ofCase.SelectMany(other => NamesOf(other, "victim")).Select(Text.Fold).ToHashSet();
        var names = ofCase.SelectMany(other => NamesOf(other, "reporter").Append(other.Body["callerName"]?.GetValue<string>()))
            .OfType<string>().Where(name => !victims.Contains(Text.Fold(name))).Distinct().ToList();
        var body = call.Body.DeepClone().AsObject();
        var changed = false;
        foreach (var holder in (JsonNode?[])[body, body["placeOfEvent"], .. body["persons"]?.AsArray() ?? []])
            foreach (var member in (string[])["summary", "detail", "notes"])
                if (holder?[member]?.GetValue<string>() is { } text && Without(names, text) is var rest && rest != text)
                    (holder[member], changed) = (rest, true);
        return changed ? call with { Body = body } : null;
    }

    static IEnumerable<string?> NamesOf(DrillCall call, string role) =>
        (call.Body["persons"]?.AsArray() ?? []).Where(person => person!["role"]?.GetValue<string>() == role).Select(person => person!["fullName"]?.GetValue<string>());

    static string Without(List<string> names, string text) => names.Aggregate(text, (rest, name) => Without(name, rest));

    /// <summary>The whole name however it is marked, and the given name as it is written.</summary>
    static string Without(string name, string text)
    {
        var composed = text.Normalize(NormalizationForm.FormC);
        var (words, wanted) = (Word().Matches(composed), Text.Fold(name).Split(' '));
        var given = name.Normalize(NormalizationForm.FormC).Trim().Split(' ')[^1];
        var (rest, end) = (new StringBuilder(), 0);
        for (var at = 0; at < words.Count; at++)
        {
            var whole = at + wanted.Length <= words.Count && wanted.Index().All(word => Text.Fold(words[at + word.Index].Value) == word.Item);
            if (!whole && words[at].Value != given) continue;
            var last = whole ? words[at + wanted.Length - 1] : words[at];
            rest.Append(composed, end, words[at].Index - end).Append(Instead);
            end = last.Index + last.Length;
            if (whole) at += wanted.Length - 1;
        }
        return end == 0 ? text : rest.Append(composed, end, composed.Length - end).ToString();
    }

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
