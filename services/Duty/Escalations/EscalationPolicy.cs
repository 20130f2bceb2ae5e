using System.Collections.Concurrent;
using System.Text.Json;
using Hotline.Contracts;
using Hotline.Duty.Ladders;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Duty.Escalations;

/// <summary>
/// The ladder and the clocks that apply to one escalation: copied when it starts, so that the record shows which ones did.
/// Stored once for each content, under an id that is made of it.
/// </summary>
public sealed record EscalationPolicy(Ladder Ladder, UrgencyClock Clock)
{
    const int IdBytes = 16;

    static readonly ConcurrentDictionary<Guid, EscalationPolicy> Read = new();

    /// <summary>Of its content.</summary>
    public required Guid Id { get; init; }

    /// <summary>Of a plan, for one urgency.</summary>
    public static EscalationPolicy Of(DutyPlan plan, string urgency)
    {
        var policy = new EscalationPolicy(plan.LadderFor(urgency), plan.Clocks!.First(c => c.Urgency == urgency)) { Id = Guid.Empty };
        return policy with { Id = new Guid(Digest.Of(policy.ToSnapshot()).AsSpan(0, IdBytes), bigEndian: true) };
    }

    /// <summary>For what was answered before the ladder was copied.</summary>
    internal static EscalationPolicy Shipped(string urgency) => Of(DefaultPlan.Of(null), urgency);

    /// <summary>To be in the transaction that first refers to it; one that is there already stays.</summary>
    internal NpgsqlBatchCommand Insert() => Rows.Of(
        "insert into escalation_policies (id, content) select id, content::jsonb from unnest($1::uuid[], $2::text[]) as p(id, content) on conflict do nothing",
        Id, ToSnapshot());

    /// <exception cref="JsonException">Not a snapshot.</exception>
    internal static EscalationPolicy Of(Guid id, string snapshot) => Read.GetOrAdd(id, _ => FromSnapshot(snapshot, id));

    string ToSnapshot() => JsonSerializer.Serialize(new Snapshot(Ladder, Clock), Wire.Json);

    static EscalationPolicy FromSnapshot(string snapshot, Guid id) => JsonSerializer.Deserialize<Snapshot>(snapshot, Wire.Json) is { Ladder: not null, Clock: not null } read
        ? new EscalationPolicy(read.Ladder, read.Clock) { Id = id } : throw new JsonException("This is no ladder with its clock.");

    sealed record Snapshot(Ladder Ladder, UrgencyClock Clock);
}
