using System.Text;
using Hotline.Sealing;

namespace Hotline.Transparency;

/// <summary>
/// Two persons' word that a log begins anew after its database was restored: a note that names the old log, the new one,
/// and the last checkpoint that the restored database knows. A witness takes up the new log on nothing less.
/// </summary>
/// <param name="From">Origin that ended, for example <c>police/1</c>.</param>
/// <param name="To">Origin that begins.</param>
/// <param name="Last">The last cosigned checkpoint of the old log; empty where it had none.</param>
public sealed record Reopening(string From, string To, string Last)
{
    const string FirstLine = "hotline-log-reopening/v1";

    /// <summary>How many persons must sign.</summary>
    public const int Persons = 2;

    public string Text => $"{FirstLine}\n{From}\n{To}\n{Convert.ToBase64String(Encoding.UTF8.GetBytes(Last))}.\n";

    /// <summary>The name that a person's key has in the key directory.</summary>
    public static string PersonName(string party, int number) => $"{party}/person-{number}";

    /// <summary>The record with the signatures of persons.</summary>
    public SignedNote Sign(IEnumerable<(string Name, LogKey Key)> persons) =>
        new(Text, [.. persons.SelectMany(p => NoteKey.Sign(Text, p.Name, p.Key).Signatures)]);

    /// <summary>Null where it is not of the form, or not signed by two different persons of the party with two different keys.</summary>
    public static Reopening? TryOpen(string note, string party, KeyDirectory directory)
    {
        if (SignedNote.TryParse(note) is not { } signed || TryParse(signed.Text) is not { } reopening
            || LogParties.Origin(reopening.From) is not { } from || LogParties.Origin(reopening.To) is not { } to
            || from.Party != party || to.Party != party || to.Epoch <= from.Epoch)
            return null;
        var persons = directory.LogKeysOf(party).Select(NoteKey.TryParse).OfType<NoteKey>()
            .Where(k => k.Type == NoteKey.Log && k.Name.StartsWith($"{party}/person-", StringComparison.Ordinal) && signed.IsSignedBy(k)).ToList();
        return persons.Select(p => p.Name).Distinct().Count() >= Persons && persons.Select(p => Digest.Text(p.PublicKey)).Distinct().Count() >= Persons ? reopening : null;
    }

    static Reopening? TryParse(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length != 5 || lines[0] != FirstLine || lines[4].Length > 0 || !lines[3].EndsWith('.') || StrictText.Base64(lines[3][..^1]) is not { } last)
            return null;
        return new Reopening(lines[1], lines[2], Encoding.UTF8.GetString(last));
    }
}
