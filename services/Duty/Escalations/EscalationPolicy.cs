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

    /// <summary>By their ids. One never changes: it is read once by each process.</summary>
    /// <exception cref="JsonException">One is no snapshot.</exception>
    /// <exception cref="KeyNotFoundException">One is not there.</exception>
    internal static async Task<IReadOnlyDictionary<Guid, EscalationPolicy>> FindAsync(NpgsqlConnection connection, IReadOnlyList<Guid> ids, CancellationToken cancel)
    {
        if (ids.Any(id => !Read.ContainsKey(id)))
        {
            await using var command = new NpgsqlCommand("select id, content::text from escalation_policies where id = any($1)", connection);
            command.Parameters.Add(Sql.Parameter(ids.ToArray()));
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
                Read[reader.GetGuid(0)] = FromSnapshot(reader.GetString(1), reader.GetGuid(0));
        }
        return ids.ToDictionary(id => id, id => Read[id]);
    }

    string ToSnapshot() => JsonSerializer.Serialize(new Snapshot(Ladder, Clock), Wire.Json);

    static EscalationPolicy FromSnapshot(string snapshot, Guid id) => JsonSerializer.Deserialize<Snapshot>(snapshot, Wire.Json) is { Ladder: not null, Clock: not null } read
        ? new EscalationPolicy(read.Ladder, read.Clock) { Id = id } : throw new JsonException("This is no ladder with its clock.");

    sealed record Snapshot(Ladder Ladder, UrgencyClock Clock);
}
