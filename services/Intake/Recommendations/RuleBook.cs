using System.Text.Json;

namespace Hotline.Intake.Recommendations;

/// <summary>One clause of the rules: what it says holds where any of its conditions does.</summary>
/// <param name="Rule">Its name in the rules' source, such as <c>G1</c>.</param>
/// <param name="Vi">The reason as an operator reads it; <paramref name="En"/> is the same in English.</param>
public record Clause(string Rule, IReadOnlyList<Condition> When, string Vi, string En)
{
    public bool Holds(CallFacts facts, Subject? subject = null) => When.Any(condition => condition.Holds(facts, subject));
}

public sealed record CaseRule(string Rule, IReadOnlyList<Condition> When, string Vi, string En) : Clause(Rule, When, Vi, En);

public sealed record UrgencyRule(string Rule, string Urgency, IReadOnlyList<Condition> When, string Vi, string En) : Clause(Rule, When, Vi, En);

public sealed record DueRule(string Rule, string Agency, IReadOnlyList<Condition> When, string Vi, string En) : Clause(Rule, When, Vi, En);

public sealed record GroundRule(string Rule, string Ground, IReadOnlyList<string> Agencies, IReadOnlyList<Condition> When, string Vi, string En) : Clause(Rule, When, Vi, En);

public sealed record OutsideRule(string Rule, string Body, IReadOnlyList<Condition> When, string Vi, string En) : Clause(Rule, When, Vi, En);

public sealed record MustNotRule(string Rule, string Code, IReadOnlyList<Condition> When, string Vi, string En) : Clause(Rule, When, Vi, En);

/// <summary>
/// The rules of plan 697 (II.1.1-1.3), Law 53/2024/QH15 (art. 2, 22, 27, 37) and Decree 162/2025/NĐ-CP as data
/// (<c>rules.json</c>). In <see cref="Urgency"/> and <see cref="Grounds"/> the first that holds counts: highest first.
/// </summary>
public sealed record RuleBook
{
    public required string Version { get; init; }
    public required IReadOnlyList<CaseRule> Case { get; init; }
    public required IReadOnlyList<UrgencyRule> Urgency { get; init; }
    public required IReadOnlyList<DueRule> Due { get; init; }
    public required IReadOnlyList<GroundRule> Grounds { get; init; }
    public required IReadOnlyList<OutsideRule> Outside { get; init; }
    public required IReadOnlyList<MustNotRule> MustNot { get; init; }

    // A misspelt member must stop the service's start, not silently widen a rule.
    static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>The rules in force.</summary>
    public static RuleBook Current { get; } = Load();

    static RuleBook Load()
    {
        using var stream = typeof(RuleBook).Assembly.GetManifestResourceStream("Hotline.Intake.Recommendations.rules.json")!;
        return JsonSerializer.Deserialize<RuleBook>(stream, Strict)!;
    }
}
