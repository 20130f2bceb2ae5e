using System.Globalization;
using Hotline.Console.Words;
using Hotline.Contracts;

namespace Hotline.Intake.Referrals;

/// <summary>A line of a file as an agency will read it.</summary>
/// <param name="Key">What it is about; in <c>sees.*</c>.</param>
/// <param name="Of">Whose it is, where there may be several: a call's reference.</param>
/// <param name="Groups">Whoever withholds one of these leaves it out.</param>
public sealed record FileLine(string Key, string? Of, string Text, IReadOnlyList<string> Groups);

/// <summary>A file that would be sent, with what agencies that hold the case were not given.</summary>
/// <param name="Code">Of the case; null where it is opened by sending.</param>
/// <param name="VictimId">Whom the case is about, where a call had several.</param>
/// <param name="Held">The groups withheld earlier, by agency: they stay withheld.</param>
public sealed record FileToSend(string? Code, Guid? VictimId, CaseFile File, IReadOnlyDictionary<string, IReadOnlyList<string>> Held);

/// <summary>
/// Every word of a file, line by line, for whoever decides to send it. What withholding a group leaves out is asked of
/// <see cref="Withholding"/> itself: the page must not promise what sending does not do.
/// </summary>
public static class FileLines
{
    public static IReadOnlyList<FileLine> Of(CaseFile file, Phrasebook words)
    {
        var left = CodeList.Of("withhold").Items.ToDictionary(g => g.Value, g => All(Withholding.Apply(file, [g.Value]), words).Select(l => (l.Key, l.Of, l.Text)).ToHashSet());
        return [.. All(file, words).Select(line => line with { Groups = [.. left.Where(l => !l.Value.Contains((line.Key, line.Of, line.Text))).Select(l => l.Key)] })];
    }

    static IEnumerable<FileLine> All(CaseFile file, Phrasebook words) => Lines(file, words).Where(l => l.Text.Length > 0).Select(l => new FileLine(l.Key, l.Of, l.Text, []));

    static IEnumerable<(string Key, string? Of, string Text)> Lines(CaseFile file, Phrasebook words)
    {
        yield return ("safety", null, Safety(file.Safety, words));
        foreach (var (role, key) in new[] { ("victim", "victims"), ("reporter", "reporter"), ("suspect", "suspects"), ("accompanying-minor", "minors") })
        {
            var persons = file.Persons.Where(p => p.Role == role).ToList();
            yield return (key, null, string.Join("\n", persons.Select(p => PersonOf(p, words))));
            yield return ($"{key}-ids", null, Joined(", ", persons.Select(p => p.IdNumber)));
        }
        yield return ("other-persons", null, string.Join("\n", file.Persons.Where(p => p.Role is not ("victim" or "reporter" or "suspect" or "accompanying-minor")).Select(p => PersonOf(p, words))));
        yield return ("caller", null, Caller(file.Call, words));
        if (file.PlaceOfEvent is { } place)
            yield return ("place", null, Joined(", ", [place.Detail, place.CommuneName, words.Code("province", place.ProvinceCode), words.Code("country", place.Country), words.Code("route", place.Route)]));
        yield return ("signs", null, Codes(words, ("trafficking-act", file.Trafficking?.Acts), ("trafficking-means", file.Trafficking?.Means), ("trafficking-purpose", file.Trafficking?.Purposes)));
        yield return ("needs", null, Codes(words, ("need", file.Needs)));
        if (file.Consent is { } consent)
            yield return ("consent", null, Joined(" · ", [words.Code("consent-given", consent.Given), words.Code("consent-by", consent.By), string.Join(", ", consent.ScopeAgencies ?? []), words.Code("ground", consent.OverrideGround)]));
        if (file.Complaint is { } complaint)
            yield return ("complaint", null, Joined(" · ", [words.Code("complaint-against", complaint.AgainstAgency), complaint.UnitName, Codes(words, ("complaint-act", complaint.Acts))]));
        yield return ("summary", null, Summary(file.Call, words));
        foreach (var earlier in file.EarlierCalls ?? [])
        {
            yield return ("earlier-caller", earlier.Reference, Caller(earlier, words));
            yield return ("earlier-summary", earlier.Reference, Summary(earlier, words));
        }
    }

    public static string Safety(Safety? safety, Phrasebook words) => safety is null ? words["missing.safety"] : Joined("\n",
    [
        safety.CallerInImmediateDanger == true ? words["sees.danger"] : null,
        safety.SafeToCallBack switch { true => words["sees.call-back", safety.SafeHours ?? words["sees.any-hour"]], false => words["sees.no-call-back"], null => words["sees.call-back-unknown"] },
        safety.VoicemailAllowed == true ? words["sees.voicemail"] : words["sees.no-voicemail"],
    ]);

    static string PersonOf(Person person, Phrasebook words) => Joined(", ",
    [
        person.FullName ?? words["sees.no-name"], words.Code("sex", person.Sex),
        person.BirthDate?.ToString("dd/MM/yyyy", CultureInfo.InvariantCulture) ?? person.BirthYear?.ToString(CultureInfo.InvariantCulture),
        person.AgeApprox is { } age ? words["sees.age", age] : null, words.Code("ethnicity", person.Ethnicity), words.Code("country", person.Nationality), person.Phone,
        words.Code("situation", person.Situation), person.Notes,
    ]);

    static string Caller(CallSheet call, Phrasebook words) => Joined(" · ", [call.CallerName, call.CallerNumber, words.Code("caller-relation", call.CallerRelation)]);

    static string Summary(CallSheet call, Phrasebook words) => Joined("\n",
    [
        call.Summary, call.Language is null or "vi" ? null : words.Code("language", call.Language), call.InterpreterNeeded == true ? words["sees.interpreter"] : null,
    ]);

    static string Codes(Phrasebook words, params (string List, IReadOnlyList<string>? Values)[] lists) =>
        string.Join(", ", lists.SelectMany(l => (l.Values ?? []).Select(v => words.Code(l.List, v))));

    static string Joined(string between, IEnumerable<string?> parts) => string.Join(between, parts.Where(p => !string.IsNullOrEmpty(p)));
}
