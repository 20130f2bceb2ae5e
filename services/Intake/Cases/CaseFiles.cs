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
            PlaceOfEvent = Latest(calls, c => c.PlaceOfEvent, p => p.Country ?? p.ProvinceCode ?? p.CommuneName ?? p.Detail ?? p.Route),
            Trafficking = Latest(calls, c => c.Trafficking, t => (t.Acts ?? []).Concat(t.Means ?? []).Concat(t.Purposes ?? []).FirstOrDefault()),
            Needs = [.. calls.SelectMany(c => c.Call.Needs ?? []).Distinct()],
            Safety = Latest(calls, c => c.Safety, s => s),
            Consent = Latest(calls, c => c.Consent, c => c.Given),
            Complaint = Latest(calls, c => c.Complaint, c => c),
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

    /// <summary>The newest section that says something, else the newest there is.</summary>
    static T? Latest<T>(IReadOnlyList<CaseCall> calls, Func<Call, T?> section, Func<T, object?> says) where T : class
    {
        var given = calls.Select(c => section(c.Call)).OfType<T>().ToList();
        return given.LastOrDefault(s => says(s) is not null) ?? given.LastOrDefault();
    }

    /// <summary>Everybody named in any call; a person named again is taken as last described.</summary>
    static (IReadOnlyList<Person> Persons, bool LeftOut) Persons(IReadOnlyList<CaseCall> calls, Guid? personId)
    {
        var all = new List<Person>();
        var leftOut = false;
        foreach (var call in calls)
        {
            // Two of one name in the same call are two: only an earlier call's person can be named again.
            var earlier = all.Count;
            foreach (var person in call.Call.Persons ?? [])
            {
                if (personId is not null && person is { Role: "victim" } && IsAnother(person, calls, personId.Value))
                {
                    leftOut = true;
                    continue;
                }
                var known = person.FullName is null ? -1 : all.FindIndex(0, earlier, p => p.Role == person.Role && Text.Fold(p.FullName) == Text.Fold(person.FullName));
                if (known < 0)
                    all.Add(person with { Id = null });
                else
                    all[known] = person with { Id = null };
            }
        }
        return (all, leftOut);
    }

    /// <summary>Whether a victim is not the one that the case is about: another id and not the same name.</summary>
    static bool IsAnother(Person person, IReadOnlyList<CaseCall> calls, Guid personId)
    {
        var own = calls.SelectMany(c => c.Call.Persons ?? []).FirstOrDefault(p => p.Id == personId);
        return person.Id != personId && (own?.FullName is null || Text.Fold(own.FullName) != Text.Fold(person.FullName));
    }
}
