using System.Globalization;
using System.Text.RegularExpressions;
using Hotline.Contracts;
using Hotline.Intake.Calls;

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
        return file with { Withheld = [.. file.Withheld, .. groups.Distinct().Select(g => new WithheldGroup(g, "withheld-by-operator"))] };
    }

    /// <summary>Where the withheld names and numbers of <paramref name="whole"/> still stand in <paramref name="outgoing"/>.</summary>
    /// <param name="confirmed">A file whose texts were confirmed as they are.</param>
    public static IReadOnlyList<LeakPlace> Leaks(CaseFile whole, CaseFile outgoing, IReadOnlyList<string> groups, CaseFile? confirmed = null)
    {
        var secrets = groups.SelectMany(g => SecretsOf(whole, g).Select(s => (Group: g, Secret: s))).ToList();
        if (secrets.Count == 0)
            return [];
        var known = confirmed is null ? [] : TextsOf(confirmed).Select(t => t.Even).ToHashSet();
        return [.. TextsOf(outgoing).Where(t => !known.Contains(t.Even)).SelectMany(t => secrets.Where(s => s.Secret.IsIn(t)).Select(s => new LeakPlace(t.Path, s.Group))).Distinct()];
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
                sheets.Select(c => c.CallerNumber).Concat(Of("reporter").SelectMany(Numbers))),
            Suspects => (Of("suspect").Select(p => p.FullName), Of("suspect").SelectMany(Numbers)),
            AccompanyingMinors => (Of("accompanying-minor").Select(p => p.FullName), Of("accompanying-minor").SelectMany(Numbers)),
            IdNumbers => ([], file.Persons.Select(p => p.IdNumber)),
            _ => (Enumerable.Empty<string?>(), Enumerable.Empty<string?>()),
        };
        // The caller may be the victim, whose own name and number stay.
        var kept = file.Persons.Where(p => group == Reporter && p.Role == "victim").ToList();
        var (keptNames, keptNumbers) = (kept.Select(k => Text.Fold(k.FullName)).ToHashSet(), kept.SelectMany(k => Endings(k.Phone ?? string.Empty)).ToHashSet());
        foreach (var name in names.OfType<string>().Distinct().Select(NameSecret.Of).Where(n => n.Folded.Length > 1 && !keptNames.Contains(n.Folded)))
            yield return name;
        foreach (var number in numbers.OfType<string>().Select(Endings).Where(e => e.Length > 0 && !e.Any(keptNumbers.Contains)))
            yield return new NumberSecret(number);

        IEnumerable<Person> Of(string role) => file.Persons.Where(p => p.Role == role);
        static IEnumerable<string?> Numbers(Person person) => [person.Phone, person.IdNumber];
    }

    abstract record Secret
    {
        public abstract bool IsIn(FreeText free);
    }

    /// <param name="Endings">The digits that stand in every way to write it.</param>
    sealed record NumberSecret(string[] Endings) : Secret
    {
        public override bool IsIn(FreeText free) => free.Numbers.Any(digits => Endings.Any(e => digits.Contains(e, StringComparison.Ordinal)));
    }

    /// <param name="Given">In Vietnamese text a person goes by the given name, the last word: as it is written, capital and marks. Null where it is none.</param>
    sealed record NameSecret(string Folded, string? Given) : Secret
    {
        public static NameSecret Of(string name)
        {
            var given = Text.Even(name.Trim()).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
            return new NameSecret(Text.Fold(name), given is { Length: > 1 } && char.IsUpper(given[0]) ? given : null);
        }

        public override bool IsIn(FreeText free) => IsWord(Folded, free.Folded) || Given is not null && !free.IsName && IsWord(Given, free.Even);

        static bool IsWord(string word, string text)
        {
            for (var at = text.IndexOf(word, StringComparison.Ordinal); at >= 0; at = text.IndexOf(word, at + 1, StringComparison.Ordinal))
                if ((at == 0 || !IsOfWord(text[at - 1])) && (at + word.Length == text.Length || !IsOfWord(text[at + word.Length])))
                    return true;
            return false;
        }

        static bool IsOfWord(char one) => char.IsLetterOrDigit(one) || char.GetUnicodeCategory(one) is
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.ConnectorPunctuation;
    }

    /// <summary>A text that goes out, made ready for comparing.</summary>
    /// <param name="IsName">Itself a name: another person's may share the given name.</param>
    sealed record FreeText(string Path, string Folded, string Even, IReadOnlyList<string> Numbers, bool IsName);

    static IEnumerable<FreeText> TextsOf(CaseFile file)
    {
        IEnumerable<(string Path, string? Text, bool IsName)> all =
        [
            ("/call/summary", file.Call.Summary, false),
            ("/call/callerName", file.Call.CallerName, true),
            ("/call/callerNumber", file.Call.CallerNumber, true),
            ("/placeOfEvent/communeName", file.PlaceOfEvent?.CommuneName, true),
            ("/placeOfEvent/detail", file.PlaceOfEvent?.Detail, false),
            ("/complaint/unitName", file.Complaint?.UnitName, true),
            .. (file.EarlierCalls ?? []).SelectMany((c, i) => new[]
            {
                ($"/earlierCalls/{i}/summary", c.Summary, false), ($"/earlierCalls/{i}/callerName", c.CallerName, true), ($"/earlierCalls/{i}/callerNumber", c.CallerNumber, true),
            }),
            .. file.Persons.SelectMany((p, i) => new[]
            {
                ($"/persons/{i}/notes", p.Notes, false), ($"/persons/{i}/fullName", p.FullName, true), ($"/persons/{i}/phone", p.Phone, true),
            }),
        ];
        return all.Where(t => t.Text is not null).Select(t => new FreeText(t.Path, Text.Fold(t.Text), Text.Even(t.Text!), NumbersIn(t.Text!), t.IsName));
    }

    /// <summary>Runs of digits, however they are parted. Two numbers side by side may come out as one: hence searched for within.</summary>
    static List<string> NumbersIn(string text)
    {
        var plain = string.Concat(text.Where(c => char.GetUnicodeCategory(c) != UnicodeCategory.Format)
            .Select(c => CharUnicodeInfo.GetDecimalDigitValue(c) is >= 0 and var digit ? (char)('0' + digit) : c));
        return [.. NumberLike().Matches(plain).Select(m => Digits(m.Value)).Where(d => d.Length >= Shortest)];
    }

    /// <summary>
    /// A number is the same with +84 and with 0: its last nine digits decide. Of an old eleven-digit mobile also those
    /// that it has since 2018.
    /// </summary>
    static string[] Endings(string number) =>
        [.. new[] { Digits(number), Digits(PhoneNumber.Normalise(number) ?? string.Empty) }.Where(d => d.Length >= Shortest).Select(d => d.Length > 9 ? d[^9..] : d).Distinct()];

    const int Shortest = 6;

    static string Digits(string text) => string.Concat(text.Select(c => CharUnicodeInfo.GetDecimalDigitValue(c)).Where(d => d >= 0));

    [GeneratedRegex(@"\d[\d\s.\-()/,_·]{4,}\d")]
    private static partial Regex NumberLike();
}
