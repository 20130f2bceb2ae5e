using System.Text.Json;
using System.Text.Json.Serialization;
using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Ladders;

/// <summary>
/// Ladders, clocks and page texts of one party: one document with a version and a date from which it holds. Without a
/// document the program's own defaults hold (domain.md, "Urgency and default clocks").
/// </summary>
public sealed record DutyPlan
{
    /// <summary>IANA name: where the office hours and working days of the clocks are.</summary>
    [Max(64)] public string? TimeZone { get; init; }

    /// <summary>Of the party; a unit may have its own. <c>08:00-17:00</c>, spans separated by commas.</summary>
    [Max(100)] public string? OfficeHours { get; init; }
    public IReadOnlyList<UrgencyClock>? Clocks { get; init; }
    public IReadOnlyList<LadderOfUrgency>? Ladders { get; init; }
    public IReadOnlyList<LegalClock>? LegalClocks { get; init; }
    public IReadOnlyList<PageTemplate>? Templates { get; init; }

    /// <summary>From when it holds; in a change, null or past = from now.</summary>
    public DateTimeOffset? ValidFrom { get; init; }

    /// <summary>Of the stored document; 0 = the program's defaults.</summary>
    [JsonIgnore]
    public long Version { get; private init; }

    /// <summary>The plan in force at an instant: the newest whose date has come.</summary>
    public static Task<DutyPlan> FindAsync(NpgsqlConnection connection, DateTimeOffset at, CancellationToken cancel) =>
        ReadAsync(connection, "select version, content, valid_from from duty_plans where valid_from <= $1 order by valid_from desc, version desc limit 1", at, cancel);

    /// <summary>The plan that was written last, whether or not it is in force yet: what the next change is made on.</summary>
    public static Task<DutyPlan> NewestAsync(NpgsqlConnection connection, CancellationToken cancel) =>
        ReadAsync(connection, "select version, content, valid_from from duty_plans where $1::timestamptz is null order by version desc limit 1", null, cancel);

    static async Task<DutyPlan> ReadAsync(NpgsqlConnection connection, string query, DateTimeOffset? at, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(query, connection);
        command.Parameters.Add(Sql.Parameter(at));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? FromJson(reader.GetString(1)) with { Version = reader.GetInt64(0), ValidFrom = reader.Time(2) } : DefaultPlan.Of(null);
    }

    /// <summary>Who wrote what, and from when it holds; inserts nothing where the version does not follow the newest.</summary>
    public static NpgsqlBatchCommand Insert(DutyPlan plan, long version, DateTimeOffset from, string by, DateTimeOffset now) => Sql.Command(
        """
        insert into duty_plans (version, valid_from, content, changed_by, changed_at) select $1, $2, $3::jsonb, $4, $5
        where coalesce((select max(version) from duty_plans), 0) = $1 - 1
        """,
        version, from, JsonSerializer.Serialize(plan with { ValidFrom = null }, Wire.Json), by, now);

    public Ladder LadderFor(string urgency) => new(urgency, Version, Ladders!.First(l => l.Urgency == urgency).Steps!.Select(s => s.ToStep()).ToList());

    public static DutyPlan FromJson(string json) => JsonSerializer.Deserialize<DutyPlan>(json, Wire.Json)!;
}

/// <summary>As it is written: the members of a <see cref="Ladder"/>.</summary>
public sealed record LadderOfUrgency
{
    [Code("urgency")] public string? Urgency { get; init; }
    public IReadOnlyList<WrittenStep>? Steps { get; init; }
}

/// <summary>As it is written: the members of a <see cref="LadderStep"/>.</summary>
public sealed record WrittenStep
{
    [Max(41)] public string? Unit { get; init; }
    public IReadOnlyList<string>? Layers { get; init; }
    public IReadOnlyList<string>? Channels { get; init; }
    public TimeSpan? Wait { get; init; }

    public LadderStep ToStep() => new(Unit!, Layers!, Channels!, Wait!.Value);
}

/// <summary>
/// One urgency's clocks. Exactly one of <see cref="AcknowledgeWithin"/> and <see cref="AcknowledgeWithinWorkingDays"/>.
/// Durations are <c>d.hh:mm:ss</c>.
/// </summary>
public sealed record UrgencyClock
{
    [Code("urgency")] public string? Urgency { get; init; }

    /// <summary>At the hub: alarm where no page has gone out by then; null = none.</summary>
    public TimeSpan? FirstPageWithin { get; init; }
    public TimeSpan? AcknowledgeWithin { get; init; }

    /// <summary>Outside office hours the clock is not <see cref="AcknowledgeWithin"/>, but this time (<c>HH:mm</c>) of the next working day.</summary>
    [Max(5)] public string? OtherwiseAt { get; init; }

    /// <summary>Never later than this, whatever the calendar says.</summary>
    public TimeSpan? AcknowledgeAtMost { get; init; }
    public int? AcknowledgeWithinWorkingDays { get; init; }

    /// <summary>Between pages of a step that repeats; null = every working day.</summary>
    public TimeSpan? RepageEvery { get; init; }

    /// <summary>After an acknowledgement without any progress note for so long, pages start again; null = never.</summary>
    public TimeSpan? ProgressWithin { get; init; }

    /// <summary>After an acknowledgement by link or key press, content not opened for so long starts pages again; null = never.</summary>
    public TimeSpan? OpenWithin { get; init; }

    /// <summary>The hotline telephones the desk; null = never.</summary>
    public TimeSpan? HotlinePhonesAfter { get; init; }

    /// <summary>When SMS and voice may be used: <c>always</c> or <c>desk-hours</c>.</summary>
    [Max(20)] public string? Ring { get; init; }

    /// <summary>With <c>desk-hours</c>: also outside them, so long before the deadline; null = not.</summary>
    public TimeSpan? RingBeforeDeadline { get; init; }
}

/// <summary>The words of a page. Only <c>{reference}</c>, <c>{urgency}</c>, <c>{agency}</c> and <c>{link}</c> are filled in: never anything of a case.</summary>
public sealed record PageTemplate
{
    [Max(20)] public string? Channel { get; init; }
    [Max(2)] public string? Language { get; init; }
    [Max(1000)] public string? Text { get; init; }
}
