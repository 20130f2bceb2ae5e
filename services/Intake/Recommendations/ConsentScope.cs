using Hotline.Contracts;

namespace Hotline.Intake.Recommendations;

/// <summary>For whom a recorded consent speaks, and to whom it reaches (C1, C2, C4).</summary>
public sealed class ConsentScope(Consent? consent, CallFacts facts)
{
    public string? Given => consent?.Given;

    public string? By => consent?.By;

    IReadOnlyList<string> Scope => consent?.ScopeAgencies ?? [];

    public bool NamesAny => Scope.Count > 0;

    public bool Names(string agency) => Scope.Contains(agency);

    /// <summary>Whether somebody who may decide for this person was asked; null = for the matter, where no victim is known: nobody can be.</summary>
    public bool WasAsked(Subject? subject) => Given is "yes" or "partial" or "no" && subject is not null && SpeaksFor(subject);

    /// <param name="subject">Null = the matter, where no victim is known: then the reporter's word counts.</param>
    public bool Covers(Subject? subject, string agency) =>
        (Given == "yes" && (!NamesAny || Names(agency)) || Given == "partial" && Names(agency))
        && (subject is null || SpeaksFor(subject));

    bool SpeaksFor(Subject subject) => By switch
    {
        "guardian" => subject.IsMinor,
        // An adult for herself and for the children with her; at 16 and 17 for oneself.
        "victim" => subject.IsVictim && !(subject.Age < 16) || HasAdultVictim && subject.IsMinor,
        _ => false,
    };

    bool HasAdultVictim => facts.Victims.Any(v => !v.IsMinor);
}
