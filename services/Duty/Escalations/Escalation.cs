using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Escalations;

public enum EscalationStatus
{
    /// <summary>Nobody answers for it: pages go out, without end.</summary>
    Paging,

    /// <summary>Somebody answers for it; watched until there is progress.</summary>
    Acknowledged,
    Ended,

    /// <summary>It could not be worked on and was put aside for a while with an alarm, so that others go on.</summary>
    Parked,
}

/// <summary>How somebody answered.</summary>
public enum AnsweredHow
{
    Console,
    Link,
    KeyPress,
    Phone,
}

/// <summary>One open question: who answers for this? A row of <c>escalations</c>; all times are the database's, UTC.</summary>
public sealed record Escalation
{
    public required Guid Id { get; init; }
    public required string Kind { get; init; }

    /// <summary>The referral, or the item of the hub's watch.</summary>
    public required Guid Subject { get; init; }
    public required string Reference { get; init; }
    public required string Class { get; init; }
    public required string Urgency { get; init; }

    /// <summary>The handling unit: <c>central</c> or a province code.</summary>
    public required string Unit { get; init; }
    public EscalationStatus Status { get; init; }

    /// <summary>The step to be paged next, from 0.</summary>
    public int Step { get; init; }

    /// <summary>How often the last step was repeated.</summary>
    public int Loop { get; init; }

    /// <summary>Raised by everything that a person does: what carries an older one is dropped.</summary>
    public int Generation { get; init; } = 1;
    public DateTimeOffset? NextDueAt { get; init; }

    /// <summary>By when a named officer must have answered.</summary>
    public DateTimeOffset? AckDueAt { get; init; }

    /// <summary>The first <see cref="AckDueAt"/>; never moved.</summary>
    public DateTimeOffset? DeadlineAt { get; init; }

    /// <summary>Copied at the start; null until the first look.</summary>
    public EscalationPolicy? Policy { get; init; }
    public Guid? AcknowledgedBy { get; init; }
    public DateTimeOffset? AcknowledgedAt { get; init; }
    public AnsweredHow? AcknowledgedHow { get; init; }

    /// <summary>Answered by link, key or telephone: the content has not been opened yet.</summary>
    public bool AwaitsOpening { get; init; }

    /// <summary>The last word of progress of whoever answers for it now; what came before an earlier answer says nothing of this one.</summary>
    public DateTimeOffset? ProgressedAt { get; init; }

    /// <summary>When the hub is told next of pages and what came of them; null = it knows all.</summary>
    public DateTimeOffset? ReportDueAt { get; init; }

    /// <summary>The hub does not know of the newest pages yet.</summary>
    public bool Announce { get; init; }

    public const string Referral = "referral";
    public const string Watch = "watch";

    internal const string Columns =
        """
        id, kind, subject_id, reference, class, urgency, unit, status, step, loop, generation, next_due_at, ack_due_at, deadline_at,
        policy_id, acknowledged_by, acknowledged_at, acknowledged_how, awaits_opening, progressed_at, report_due_at, announce
        """;

    /// <summary>A row with the id of its ladder.</summary>
    internal sealed record Row(Escalation Escalation, Guid? Policy);

    internal static async Task<List<Row>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancel)
    {
        var rows = new List<Row>();
        while (await reader.ReadAsync(cancel))
            rows.Add(new Row(Read(reader), reader.Maybe<Guid?>(14)));
        return rows;
    }

    /// <summary>
    /// Locked rows with their ladders. These are asked for after the lock: it may have been waited for in the very
    /// transaction that copied one, which the query that locks does not see.
    /// </summary>
    internal static async Task<List<Escalation>> WithLaddersAsync(NpgsqlConnection connection, List<Row> rows, CancellationToken cancel)
    {
        var policies = await EscalationPolicy.FindAsync(connection, [.. rows.Select(r => r.Policy).OfType<Guid>().Distinct()], cancel);
        return [.. rows.Select(r => r.Policy is { } id ? r.Escalation with { Policy = policies[id] } : r.Escalation)];
    }

    static Escalation Read(NpgsqlDataReader reader)
    {
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        return new Escalation
        {
            Id = reader.GetGuid(0),
            Kind = reader.GetString(1),
            Subject = reader.GetGuid(2),
            Reference = reader.GetString(3),
            Class = reader.GetString(4),
            Urgency = reader.GetString(5),
            Unit = reader.GetString(6),
            Status = EscalationCodes.Status(reader.GetString(7)),
            Step = reader.GetInt32(8),
            Loop = reader.GetInt32(9),
            Generation = reader.GetInt32(10),
            NextDueAt = Time(11),
            AckDueAt = Time(12),
            DeadlineAt = Time(13),
            AcknowledgedBy = reader.Maybe<Guid?>(15),
            AcknowledgedAt = Time(16),
            AcknowledgedHow = reader.IsDBNull(17) ? null : EscalationCodes.How(reader.GetString(17)),
            AwaitsOpening = reader.GetBoolean(18),
            ProgressedAt = Time(19),
            ReportDueAt = Time(20),
            Announce = reader.GetBoolean(21),
        };
    }

    /// <summary>Locks the escalation of a referral or watch item; null where none was started.</summary>
    public static async Task<Escalation?> LockAsync(NpgsqlConnection connection, Guid subject, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand($"select {Columns} from escalations where subject_id = $1 for update", connection);
        command.Parameters.Add(Sql.Parameter(subject));
        List<Row> rows;
        await using (var reader = await command.ExecuteReaderAsync(cancel))
            rows = await ReadAsync(reader, cancel);
        return (await WithLaddersAsync(connection, rows, cancel)).SingleOrDefault();
    }

    /// <summary>The start, to be part of the transaction in which there is something to answer for. Its first step is due at once.</summary>
    public static NpgsqlBatchCommand Start(
        string kind, Guid subject, string reference, string @class, string urgency, string unit, DateTimeOffset? acknowledgeBy, DateTimeOffset now) => Rows.Of(
        """
        insert into escalations (id, kind, subject_id, reference, class, urgency, unit, next_due_at, ack_due_at, deadline_at, started_at)
        select id, kind, subject_id, reference, class, urgency, unit, started_at, acknowledge_by, acknowledge_by, started_at
        from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[])
          as started(id, kind, subject_id, reference, class, urgency, unit, acknowledge_by, started_at)
        on conflict (subject_id) do nothing
        """,
        Guid.CreateVersion7(now), kind, subject, reference, @class, urgency, unit, acknowledgeBy, now);

    /// <summary>Writes what a decision changed. The row must be locked.</summary>
    public NpgsqlBatchCommand Save() => Rows.Of(
        """
        update escalations e set urgency = n.urgency, unit = n.unit, status = n.status, step = n.step, loop = n.loop, generation = n.generation,
          next_due_at = n.next_due_at, ack_due_at = n.ack_due_at, deadline_at = n.deadline_at, policy_id = n.policy_id, acknowledged_by = n.acknowledged_by,
          acknowledged_at = n.acknowledged_at, acknowledged_how = n.acknowledged_how, awaits_opening = n.awaits_opening, progressed_at = n.progressed_at,
          report_due_at = n.report_due_at, announce = n.announce, failures = 0
        from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::int[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[],
          $11::uuid[], $12::uuid[], $13::timestamptz[], $14::text[], $15::boolean[], $16::timestamptz[], $17::timestamptz[], $18::boolean[])
          as n(id, urgency, unit, status, step, loop, generation, next_due_at, ack_due_at, deadline_at, policy_id, acknowledged_by, acknowledged_at,
            acknowledged_how, awaits_opening, progressed_at, report_due_at, announce)
        where e.id = n.id
        """,
        Id, Urgency, Unit, Status.ToText(), Step, Loop, Generation, NextDueAt, AckDueAt, DeadlineAt, Policy?.Id, AcknowledgedBy, AcknowledgedAt,
        AcknowledgedHow?.ToText(), AwaitsOpening, ProgressedAt, ReportDueAt, Announce);
}

/// <summary>The names of states in the database and at the interface.</summary>
public static class EscalationCodes
{
    public static string ToText(this EscalationStatus status) => status switch
    {
        EscalationStatus.Paging => "paging",
        EscalationStatus.Acknowledged => "acknowledged",
        EscalationStatus.Ended => "ended",
        EscalationStatus.Parked => "parked",
    };

    public static string ToText(this AnsweredHow how) => how switch
    {
        AnsweredHow.Console => "console",
        AnsweredHow.Link => "link",
        AnsweredHow.KeyPress => "key-press",
        AnsweredHow.Phone => "phone",
    };

    internal static EscalationStatus Status(string text) => Enum.GetValues<EscalationStatus>().First(s => s.ToText() == text);

    internal static AnsweredHow How(string text) => Enum.GetValues<AnsweredHow>().First(h => h.ToText() == text);
}
