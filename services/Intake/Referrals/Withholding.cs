using System.Text.RegularExpressions;
using Hotline.Contracts;

namespace Hotline.Intake.Referrals;

/// <summary>A place in the outgoing text where something withheld is still to be read.</summary>
/// <param name="Path">JSON pointer into the file.</param>
/// <param name="Group">The withheld group that the words belong to.</param>
public sealed record LeakPlace(string Path, string Group);

/// <summary>
/// Leaves groups of members out of a file (R14): what is left out is named as withheld, and the free text is searched
/// for the names and numbers that went with it.
/// </summary>
public static partial class Withholding
{
    const string Reporter = "reporter";
    const string Suspects = "suspects";
    const string AccompanyingMinors = "accompanying-minors";
    const string IdNumbers = "id-numbers";

    public static CaseFile Apply(CaseFile file, IReadOnlyList<string> groups)
    {
        if (groups.Contains(Reporter))
            file = file with
            {
                Call = WithoutCaller(file.Call),
                EarlierCalls = file.EarlierCalls?.Select(WithoutCaller).ToList(),
                Persons = Without(file.Persons, "reporter"),
            };
        if (groups.Contains(Suspects))
            file = file with { Persons = Without(file.Persons, "suspect") };
        if (groups.Contains(AccompanyingMinors))
            file = file with { Persons = Without(file.Persons, "accompanying-minor") };
        if (groups.Contains(IdNumbers))
            file = file with { Persons = [.. file.Persons.Select(p => p with { IdNumber = null })] };
        return file with { Withheld = [.. file.Withheld, .. groups.Select(g => new WithheldGroup(g, "withheld-by-operator"))] };
    }

    /// <summary>Where the withheld names and numbers of <paramref name="whole"/> still stand in <paramref name="outgoing"/>.</summary>
    public static IReadOnlyList<LeakPlace> Leaks(CaseFile whole, CaseFile outgoing, IReadOnlyList<string> groups)
    {
        var secrets = groups.SelectMany(g => SecretsOf(whole, g).Select(s => (Group: g, Secret: s))).ToList();
        if (secrets.Count == 0)
            return [];
        return [.. FreeText(outgoing).SelectMany(t => secrets.Where(s => s.Secret.IsIn(t.Text)).Select(s => new LeakPlace(t.Path, s.Group))).Distinct()];
    }

    static CallSheet WithoutCaller(CallSheet call) => call with { CallerNumber = null, CallerName = null, CallerRelation = null };

    static List<Person> Without(IReadOnlyList<Person> persons, string role) => [.. persons.Where(p => p.Role != role)];

    static IEnumerable<Secret> SecretsOf(CaseFile file, string group)
    {
        var sheets = (file.EarlierCalls ?? []).Append(file.Call);
        var (names, numbers) = group switch
        {
            Reporter => (
                sheets.Select(c => c.CallerName).Concat(Of("reporter").Select(p => p.FullName)),
                sheets.Select(c => c.CallerNumber).Concat(Of("reporter").Select(p => p.Phone))),
            Suspects => (Of("suspect").Select(p => p.FullName), Of("suspect").Select(p => p.Phone)),
            AccompanyingMinors => (Of("accompanying-minor").Select(p => p.FullName), Of("accompanying-minor").Select(p => p.Phone)),
            IdNumbers => ([], file.Persons.Select(p => p.IdNumber)),
            _ => (Enumerable.Empty<string?>(), Enumerable.Empty<string?>()),
        };
        // The caller may be the victim, whose own name and number stay.
        var kept = file.Persons.Where(p => group == Reporter && p.Role == "victim").ToList();
        foreach (var name in names.OfType<string>().Distinct().Where(n => kept.All(k => Text.Fold(k.FullName) != Text.Fold(n))))
            yield return new Secret(name, null);
        foreach (var number in numbers.OfType<string>().Select(Digits).Where(d => d.Length >= 6).Distinct()
                     .Where(n => kept.All(k => !Ending(Digits(k.Phone ?? string.Empty)).Equals(Ending(n), StringComparison.Ordinal))))
            yield return new Secret(null, number);

        IEnumerable<Person> Of(string role) => file.Persons.Where(p => p.Role == role);
    }

    sealed record Secret(string? Name, string? Number)
    {
        public bool IsIn(string text)
        {
            if (Number is not null)
                return NumberLike().Matches(text).Any(m => Digits(m.Value) is { Length: >= 6 } found && found.EndsWith(Ending(Number), StringComparison.Ordinal));
            if (Regex.IsMatch(Text.Fold(text), $@"(?<!\w){Regex.Escape(Text.Fold(Name))}(?!\w)"))
                return true;
            // In Vietnamese text a person goes by the given name, the last word: as it is written, capital and marks.
            var given = Name!.Trim().Split(' ')[^1];
            return given.Length > 1 && char.IsUpper(given[0]) && Regex.IsMatch(text, $@"(?<!\w){Regex.Escape(given)}(?!\w)");
        }
    }

    static IEnumerable<(string Path, string Text)> FreeText(CaseFile file)
    {
        IEnumerable<(string Path, string? Text)> all =
        [
            ("/call/summary", file.Call.Summary),
            ("/placeOfEvent/detail", file.PlaceOfEvent?.Detail),
            .. (file.EarlierCalls ?? []).Select((c, i) => ($"/earlierCalls/{i}/summary", c.Summary)),
            .. file.Persons.Select((p, i) => ($"/persons/{i}/notes", p.Notes)),
        ];
        return all.Where(t => t.Text is not null).Select(t => (t.Path, t.Text!));
    }

    static string Digits(string text) => string.Concat(text.Where(char.IsAsciiDigit));

    /// <summary>A number is the same with +84 and with 0: its last nine digits decide.</summary>
    static string Ending(string digits) => digits.Length > 9 ? digits[^9..] : digits;

    [GeneratedRegex(@"\+?\d[\d\s.\-()​-‏]{4,}\d")]
    private static partial Regex NumberLike();
}
