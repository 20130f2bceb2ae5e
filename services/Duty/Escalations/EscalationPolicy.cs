using System.Text.Json;
using Hotline.Contracts;
using Hotline.Duty.Ladders;

namespace Hotline.Duty.Escalations;

/// <summary>The ladder and the clocks that apply to one escalation: copied when it starts, so that the record shows which ones did.</summary>
public sealed record EscalationPolicy(Ladder Ladder, UrgencyClock Clock)
{
    /// <summary>Of a plan, for one urgency.</summary>
    public static EscalationPolicy Of(DutyPlan plan, string urgency) => new(plan.LadderFor(urgency), plan.Clocks!.First(c => c.Urgency == urgency));

    /// <summary>For what was answered before the ladder was copied.</summary>
    internal static EscalationPolicy Shipped(string urgency) => Of(DefaultPlan.Of(null), urgency);

    public string ToSnapshot() => JsonSerializer.Serialize(this, Wire.Json);

    /// <exception cref="JsonException">Not a snapshot.</exception>
    public static EscalationPolicy FromSnapshot(string snapshot) =>
        JsonSerializer.Deserialize<EscalationPolicy>(snapshot, Wire.Json) ?? throw new JsonException("The snapshot is empty.");
}
