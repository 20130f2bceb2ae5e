using Hotline.Contracts;
using Hotline.Duty.Escalations;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Channels;

/// <summary>A page whose time has come, with what its escalation says at this instant.</summary>
/// <param name="Current">False when a person has acted since it was ordered: it is dropped.</param>
/// <param name="NextStepAt">Until then a link in it is good.</param>
public sealed record DuePage(
    Guid Id, Guid Escalation, string Urgency, Guid TargetId, string Target, string Channel, byte[]? Address, string State, Guid? Bundle, int Tries,
    DateTimeOffset CreatedAt, string Kind, string Reference, string Class, Guid Subject, bool Current, DateTimeOffset? NextStepAt)
{
    /// <summary>Under which a provider recognises a second try.</summary>
    public Guid Key => Bundle ?? Id;

    /// <summary>P0 waits for no bundle and no throttle.</summary>
    public bool IsMostUrgent => Urgency == "P0";

    internal bool IsExercise => Class != MessageClass.Live;

    /// <summary>Locks those of these urgencies that are due, most urgent first.</summary>
    internal static async Task<List<DuePage>> LockAsync(
        NpgsqlConnection connection, IReadOnlyList<string> urgencies, DateTimeOffset now, int most, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select p.id, p.escalation_id, p.urgency, p.target_id, p.target, p.channel, p.address, p.state, p.bundle_id, p.tries, p.created_at,
              e.kind, e.reference, e.class, e.subject_id, e.generation = p.generation and e.status = 'paging', e.next_due_at
            from unnest($3) as u(urgency) cross join lateral (
              select * from page_attempts a where a.urgency = u.urgency and a.due_at <= $1 order by a.due_at, a.id limit $2 for update skip locked) p
            join escalations e on e.id = p.escalation_id order by p.urgency, p.due_at, p.id limit $2
            """, connection);
        command.Parameters.Add(Sql.Parameter(now));
        command.Parameters.Add(Sql.Parameter(most));
        command.Parameters.Add(Sql.Parameter(urgencies.ToArray()));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var due = new List<DuePage>();
        while (await reader.ReadAsync(cancel))
            due.Add(new DuePage(
                reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetGuid(3), reader.GetString(4), reader.GetString(5),
                reader.Maybe<byte[]>(6), reader.GetString(7), reader.Maybe<Guid?>(8), reader.GetInt32(9), reader.Time(10),
                reader.GetString(11), reader.GetString(12), reader.GetString(13), reader.GetGuid(14), reader.GetBoolean(15), reader.IsDBNull(16) ? null : reader.Time(16)));
        return due;
    }

    internal bool WaitsForReport => State is AttemptStates.Accepted or AttemptStates.Delivered;
}
