using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Hotline.Intake.Referrals;
using Npgsql;

namespace Hotline.Intake.Watch;

/// <summary>What the watch needs to know of a referral. All times UTC, by the hub's database.</summary>
public sealed record WatchedReferral
{
    public required Guid Id { get; init; }
    public required string Reference { get; init; }
    public required string Agency { get; init; }
    public required string Class { get; init; }
    public required string Urgency { get; init; }
    public required string? Ground { get; init; }

    /// <summary>Whose desk has it: <c>central</c> or a province code.</summary>
    public required string Unit { get; init; }
    public required ReferralState State { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>The last answer, written or spoken.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    /// <summary>A raised urgency, a hand-back, or pages that go out again: no answer since then. Null where one stands, or the first is waited for.</summary>
    public DateTimeOffset? UnansweredSince { get; init; }
    public DateTimeOffset? FirstPagedAt { get; init; }
    public DateTimeOffset? UnreachableAt { get; init; }

    /// <summary>Locks those that are due to be looked at, the longest due first.</summary>
    public static async Task<List<WatchedReferral>> LockDueAsync(NpgsqlConnection connection, DateTimeOffset now, int most, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select id, reference, peer, class, urgency, ground, desk, province_code, state,
              created_at, delivered_at, answered_at, unanswered_since, first_paged_at, unreachable_at
            from referrals where watch_due_at <= $1 order by watch_due_at limit $2 for update skip locked
            """, connection);
        command.Parameters.Add(Sql.Parameter(now));
        command.Parameters.Add(Sql.Parameter(most));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        var due = new List<WatchedReferral>();
        while (await reader.ReadAsync(cancel))
            due.Add(new WatchedReferral
            {
                Id = reader.GetGuid(0),
                Reference = reader.GetString(1),
                Agency = reader.GetString(2),
                Class = reader.GetString(3),
                Urgency = reader.GetString(4),
                Ground = reader.Maybe<string>(5),
                Unit = ReferralDesk.UnitOf(reader.GetString(6), reader.Maybe<string>(7)),
                State = reader.GetString(8).ToState(),
                CreatedAt = reader.Time(9),
                DeliveredAt = Time(10),
                AnsweredAt = Time(11),
                UnansweredSince = Time(12),
                FirstPagedAt = Time(13),
                UnreachableAt = Time(14),
            });
        return due;
    }
}
