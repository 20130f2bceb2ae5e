namespace Hotline.Intake.Recommendations;

/// <summary>What a rule asks of a person. A member that is left out asks nothing.</summary>
public sealed record PersonCondition
{
    public IReadOnlyList<string>? Roles { get; init; }
    public IReadOnlyList<string>? Sexes { get; init; }
    public IReadOnlyList<string>? Situations { get; init; }

    /// <summary>Completed years; somebody of unknown age is an adult (A4).</summary>
    public int? Under { get; init; }
    public int? From { get; init; }

    public bool Holds(Subject subject) =>
        Allows(Roles, subject.Person.Role)
        && Allows(Sexes, subject.Person.Sex)
        && Allows(Situations, subject.Person.Situation)
        && (Under is null || subject.Age < Under)
        && (From is null || subject.Age is null || subject.Age >= From);

    static bool Allows(IReadOnlyList<string>? codes, string? code) => codes is null || code is not null && codes.Contains(code);
}

/// <summary>What a rule asks of a call: all of its members together. A member that is left out asks nothing.</summary>
public sealed record Condition
{
    public PersonCondition? Person { get; init; }
    public bool? Danger { get; init; }
    public bool? KnownCase { get; init; }
    public bool? Trafficking { get; init; }
    public bool? Abroad { get; init; }
    public bool? VictimAsked { get; init; }
    public bool? SafeToCallBack { get; init; }
    public bool? SafeHours { get; init; }
    public bool? VoicemailAllowed { get; init; }

    /// <summary>At least as many calls without facts from one number within an hour, this one included.</summary>
    public int? FactFreeCalls { get; init; }
    public IReadOnlyList<string>? Countries { get; init; }
    public IReadOnlyList<string>? Routes { get; init; }
    public IReadOnlyList<string>? Urgencies { get; init; }
    public IReadOnlyList<string>? ComplaintActs { get; init; }
    public IReadOnlyList<string>? ComplaintAgainst { get; init; }
    public IReadOnlyList<string>? ConsentGiven { get; init; }
    public IReadOnlyList<string>? ConsentBy { get; init; }

    /// <summary>Any of these.</summary>
    public IReadOnlyList<string>? Needs { get; init; }

    /// <summary>Any need but these.</summary>
    public IReadOnlyList<string>? NeedsBeyond { get; init; }

    /// <param name="subject">Whom it is about; null = anybody of the call.</param>
    public bool Holds(CallFacts facts, Subject? subject) =>
        AboutCall(facts) && AboutPlace(facts) && AboutConsent(facts, subject) && AboutPersons(facts, subject);

    bool AboutCall(CallFacts facts) =>
        Is(Danger, facts.Danger) && Is(KnownCase, facts.KnownCase) && Is(Trafficking, facts.Trafficking)
        && Is(SafeToCallBack, facts.Call.Safety?.SafeToCallBack) && Is(VoicemailAllowed, facts.Call.Safety?.VoicemailAllowed)
        && Is(SafeHours, !string.IsNullOrEmpty(facts.Call.Safety?.SafeHours))
        && (FactFreeCalls is null || facts.FactFreeCalls >= FactFreeCalls)
        && (Urgencies is null || Urgencies.Contains(facts.Urgency))
        && (ComplaintActs is null || ComplaintActs.Intersect(facts.Call.Complaint?.Acts ?? []).Any())
        && (ComplaintAgainst is null || ComplaintAgainst.Contains(facts.Call.Complaint?.AgainstAgency))
        && (Needs is null || Needs.Intersect(facts.Needs).Any())
        && (NeedsBeyond is null || facts.Needs.Except(NeedsBeyond).Any());

    bool AboutPlace(CallFacts facts) =>
        Is(Abroad, facts.Place?.Country is { } country && country != "VN")
        && (Countries is null || Countries.Contains(facts.Place?.Country))
        && (Routes is null || Routes.Contains(facts.Place?.Route));

    bool AboutConsent(CallFacts facts, Subject? subject) =>
        Is(VictimAsked, facts.Consent.WasAsked(subject))
        && (ConsentGiven is null || ConsentGiven.Contains(facts.Consent.Given))
        && (ConsentBy is null || ConsentBy.Contains(facts.Consent.By));

    bool AboutPersons(CallFacts facts, Subject? subject) =>
        Person is null || (subject is null ? facts.Subjects.Any(Person.Holds) : Person.Holds(subject));

    static bool Is(bool? asked, bool? fact) => asked is null || asked == fact;
}
