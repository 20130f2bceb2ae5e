using Hotline.Contracts;

namespace Hotline.Intake.Cases;

/// <summary>A call of a case with its reference.</summary>
public sealed record CaseCall(string Reference, Call Call);

/// <summary>
/// Makes the one file of a case from its calls (R7, R11): the newest word on each section, everybody who was named, and
/// the earlier calls whole, so that nobody is asked twice.
/// </summary>
public static class CaseFiles
{
    /// <param name="calls">The calls of the case, oldest first; at least one.</param>
    /// <param name="personId">The victim that the case is about, where a call had several.</param>
    public static CaseFile Of(IReadOnlyList<CaseCall> calls, Guid? personId)
    {
        var newest = calls[^1];
        var (persons, others) = Persons(calls, personId);
        return new CaseFile
        {
            FileVersion = 1,
            Call = Sheet(newest),
            Persons = persons,
            PlaceOfEvent = Latest(calls, c => c.PlaceOfEvent, p => p.Country ?? p.ProvinceCode ?? p.CommuneName ?? p.Detail ?? Said(p.Route, unless: "none")),
            Trafficking = Latest(calls, c => c.Trafficking, t => (t.Acts ?? []).Concat(t.Means ?? []).Concat(t.Purposes ?? []).FirstOrDefault()),
            Needs = [.. calls.SelectMany(c => c.Call.Needs ?? []).Distinct()],
            Safety = Latest(calls, c => c.Safety, s => s.CallerInImmediateDanger ?? s.SafeToCallBack ?? s.VoicemailAllowed ?? (object?)s.SafeHours),
            Consent = Latest(calls, c => c.Consent, c => Said(c.Given, unless: "not-asked")),
            Complaint = Latest(calls, c => c.Complaint, c => c.AgainstAgency ?? c.UnitName ?? (c.Acts is [var act, ..] ? act : null)),
            Withheld = others ? [new WithheldGroup("other-victims", "own-case-file")] : [],
            EarlierCalls = calls.Count == 1 ? null : [.. calls.Take(calls.Count - 1).Select(Sheet)],
        };
    }

    /// <summary>The members of a call that the file's own sections do not repeat.</summary>
    static CallSheet Sheet(CaseCall call) => new()
    {
        Reference = call.Reference,
        StartedAt = call.Call.StartedAt,
        DurationSeconds = call.Call.DurationSeconds,
        Channel = call.Call.Channel,
        CallerNumber = call.Call.CallerNumber,
        CallerRelation = call.Call.CallerRelation,
        CallerName = call.Call.CallerName,
        Language = call.Call.Language,
        InterpreterNeeded = call.Call.InterpreterNeeded,
        Disposition = call.Call.Disposition,
        Summary = call.Call.Summary,
    };

    /// <summary>A code that says that nothing is known is no word on it: what stood before stands (C7).</summary>
    static string? Said(string? code, string unless) => code == unless ? null : code;

    /// <summary>The newest section that says something, else the newest there is.</summary>
    static T? Latest<T>(IReadOnlyList<CaseCall> calls, Func<Call, T?> section, Func<T, object?> says) where T : class
    {
        var given = calls.Select(c => section(c.Call)).OfType<T>().ToList();
        return given.LastOrDefault(s => says(s) is not null) ?? given.LastOrDefault();
    }

    /// <summary>Everybody named in any call; a person named again is taken as last described.</summary>
    static (IReadOnlyList<Person> Persons, bool LeftOut) Persons(IReadOnlyList<CaseCall> calls, Guid? personId)
    {
        var isAnother = personId is null ? _ => false : OthersThan(personId.Value, calls);
        var all = new List<Person>();
        var places = new Dictionary<(string?, string), int>();
        var leftOut = false;
        foreach (var call in calls)
        {
            // Two of one name in the same call are two: only an earlier call's person can be named again.
            var earlier = new Dictionary<(string?, string), int>(places);
            foreach (var person in call.Call.Persons ?? [])
            {
                if (person is { Role: "victim" } && isAnother(person))
                {
                    leftOut = true;
                    continue;
                }
                var described = person with { Id = null };
                if (person.FullName is not null && earlier.TryGetValue((person.Role, Text.Fold(person.FullName)), out var known))
                {
                    all[known] = described;
                    continue;
                }
                if (person.FullName is not null)
                    places.TryAdd((person.Role, Text.Fold(person.FullName)), all.Count);
                all.Add(described);
            }
        }
        return (all, leftOut);
    }

    /// <summary>
    /// Which victims are not the one that the case is about: of another id and not of the same name. Where that one is named
    /// no more, an only victim is she: an agency that gets a case without its victim cannot help.
    /// </summary>
    static Func<Person, bool> OthersThan(Guid personId, IReadOnlyList<CaseCall> calls)
    {
        var persons = calls.SelectMany(c => c.Call.Persons ?? []).ToList();
        if (persons.FirstOrDefault(p => p.Id == personId) is not { } own)
            return persons.Count(p => p.Role == "victim") > 1 ? _ => true : _ => false;
        var name = own.FullName is null ? null : Text.Fold(own.FullName);
        return person => person.Id != personId && (name is null || Text.Fold(person.FullName) != name);
    }
}
