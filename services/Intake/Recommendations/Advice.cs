namespace Hotline.Intake.Recommendations;

/// <summary>Why: a rule by its name, in both languages.</summary>
public sealed record Because(string Rule, string Vi, string En);

/// <param name="Ground">Null where recorded consent covers the agency.</param>
/// <param name="Reason">In Vietnamese; <paramref name="ReasonEn"/> is the same in English.</param>
public sealed record AdvisedAgency(string Agency, string? Ground, string Reason, string ReasonEn);

public sealed record Forbidden(string Code, string? Agency);

/// <summary>What the rules advise on a call. A person decides; advice never blocks (R6).</summary>
public sealed record Advice
{
    public required bool CaseNeeded { get; init; }
    public string? Urgency { get; init; }
    public IReadOnlyList<AdvisedAgency> Agencies { get; init; } = [];
    public IReadOnlyList<string> OutsideFour { get; init; } = [];
    public IReadOnlyList<Forbidden> MustNot { get; init; } = [];
    public IReadOnlyList<Because> Because { get; init; } = [];
    public required string RulesVersion { get; init; }

    /// <summary>Pure: facts and rules in, advice out.</summary>
    public static Advice On(CallFacts facts, RuleBook rules)
    {
        if (rules.Case.FirstOrDefault(r => r.Holds(facts)) is not { } needed)
            return new Advice { CaseNeeded = false, RulesVersion = rules.Version };

        var urgency = rules.Urgency.First(r => r.Holds(facts));
        facts.Urgency = urgency.Urgency;
        var due = Due(facts, rules);
        var agencies = due.Select(d => d.Advise(facts, rules)).OfType<AdvisedAgency>().ToList();
        var outside = agencies.Count == 0 ? [] : rules.Outside.Where(r => r.Holds(facts)).ToList();
        return new Advice
        {
            CaseNeeded = true,
            Urgency = urgency.Urgency,
            Agencies = agencies,
            OutsideFour = [.. outside.Select(r => r.Body).Distinct()],
            MustNot = [.. MustNots(facts, rules, due, agencies)],
            Because = [.. ((IEnumerable<Clause>)[needed, urgency, .. outside]).Select(r => new Because(r.Rule, r.Vi, r.En))],
            RulesVersion = rules.Version,
        };
    }

    /// <summary>The agencies that the facts call for, in the order of the rules, with those for whom they are called.</summary>
    static List<DueAgency> Due(CallFacts facts, RuleBook rules)
    {
        // Accompanying minors call for what is said of persons; the rest is called for by the victims, or by the matter itself.
        List<Subject?> subjects = facts.Victims.Any() ? [.. facts.Subjects] : [null, .. facts.Subjects];
        return
        [
            .. rules.Due.GroupBy(r => r.Agency)
                .Select(g => new DueAgency(g.Key, [.. subjects.Where(s => g.Any(r => Calls(r, facts, s)))], [.. g.Where(r => r.Holds(facts))]))
                .Where(d => d.For.Count > 0 && !BringsItself(d.Agency, facts)),
        ];
    }

    static bool Calls(DueRule rule, CallFacts facts, Subject? subject) => rule.When.Any(c =>
        (c.Person is null ? subject is null or { IsVictim: true } : subject is not null) && c.Holds(facts, subject));

    /// <summary>G7: a registered focal point who says <c>yes</c> to every agency called for and leaves one out is of that one.</summary>
    static bool BringsItself(string agency, CallFacts facts) =>
        facts.Call.CallerRelation == "official" && facts.Consent.Given == "yes" && facts.Consent.NamesAny && !facts.Consent.Names(agency);

    static IEnumerable<Forbidden> MustNots(CallFacts facts, RuleBook rules, List<DueAgency> due, List<AdvisedAgency> agencies)
    {
        foreach (var code in rules.MustNot.Where(r => r.Holds(facts)).Select(r => r.Code).Distinct())
            yield return new Forbidden(code, null);
        if (facts.Call.Complaint is { } complaint)
            yield return new Forbidden("share-with-unit", complaint.AgainstAgency);
        if (agencies.Any(a => a.Ground is "imminent-danger" or "child"))
            yield return new Forbidden("delay-for-consent", null);

        var reached = agencies.Select(a => a.Agency).ToHashSet();
        var leftOut = due.Select(d => d.Agency).Where(a => !reached.Contains(a)).ToList();
        if (reached.Count == 0 && leftOut.Count > 0 && facts.Consent.Given == "no")
            yield return new Forbidden("refer-without-consent", null);
        else
            foreach (var agency in rules.Due.Select(r => r.Agency).Distinct()
                .Where(a => leftOut.Contains(a) || facts.Consent.Given == "partial" && !facts.Consent.Names(a) && !reached.Contains(a)))
                yield return new Forbidden("share-with-agency", agency);
        // C6: consent was narrowed or withdrawn; who holds the case already must hear of it.
        foreach (var agency in facts.Holding.Where(a => facts.Consent.Given is "no" or "partial" && !reached.Contains(a)))
            yield return new Forbidden("keep-sharing", agency);
    }
}

/// <summary>An agency that the facts call for.</summary>
/// <param name="For">Those on whose account; null among them = the matter itself.</param>
sealed record DueAgency(string Agency, IReadOnlyList<Subject?> For, IReadOnlyList<DueRule> Rules)
{
    /// <summary>Null where neither consent nor a ground reaches the agency (C5).</summary>
    public AdvisedAgency? Advise(CallFacts facts, RuleBook rules)
    {
        var covered = For.All(s => facts.Consent.Covers(s, Agency));
        var ground = covered ? null : rules.Grounds.FirstOrDefault(g => g.Agencies.Contains(Agency) && For.Any(s => !facts.Consent.Covers(s, Agency) && Reaches(g, facts, s)));
        if (ground is null && !For.Any(s => facts.Consent.Covers(s, Agency)))
            return null;
        var (vi, en) = (Rules.Select(r => r.Vi).Distinct(), Rules.Select(r => r.En).Distinct());
        return new AdvisedAgency(
            Agency, ground?.Ground,
            string.Join(' ', ground is null ? vi : vi.Append(ground.Vi)), string.Join(' ', ground is null ? en : en.Append(ground.En)));
    }

    /// <summary>A ground that asks for a person holds for that person only; for the matter it never does.</summary>
    static bool Reaches(GroundRule ground, CallFacts facts, Subject? subject) =>
        ground.When.Any(c => (c.Person is null || subject is not null) && c.Holds(facts, subject));
}
