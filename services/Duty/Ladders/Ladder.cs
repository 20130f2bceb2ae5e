using System.Text.Json;
using Hotline.Contracts;
using Npgsql;

namespace Hotline.Duty.Ladders;

/// <summary>Whom to page, and how long to wait before the next step.</summary>
/// <param name="Unit"><c>own</c> = the referral's unit, <c>central</c>, or a province code.</param>
/// <param name="Layers">Layers of that unit's roster, for example <c>primary</c>.</param>
/// <param name="Channels">In the order in which they are tried: <c>console</c>, <c>email</c>, <c>sms</c>, <c>voice</c>.</param>
/// <param name="Wait">Until the next step, if nobody has answered.</param>
public sealed record LadderStep(string Unit, IReadOnlyList<string> Layers, IReadOnlyList<string> Channels, TimeSpan Wait)
{
    /// <summary>The unit of the referral that is escalating.</summary>
    public const string Own = "own";

    /// <summary>The national desk: the last target, always.</summary>
    public const string Central = "central";

    public string UnitFor(string own) => Unit == Own ? own : Unit;
}

/// <summary>
/// The steps for one urgency. An escalation copies the ladder when it starts, so that the record shows which one applied
/// (escalation.md, "Engine"). The last step repeats until a person answers.
/// </summary>
/// <param name="Version">Of the plan that it came from; 0 = what the program ships.</param>
public sealed record Ladder(string Urgency, long Version, IReadOnlyList<LadderStep> Steps)
{
    /// <summary>The ladder of the plan that is in force at an instant.</summary>
    public static async Task<Ladder> FindAsync(NpgsqlConnection connection, string urgency, DateTimeOffset at, CancellationToken cancel) =>
        (await DutyPlan.FindAsync(connection, at, cancel)).LadderFor(urgency);

    /// <summary>The form in which an escalation keeps it.</summary>
    public string ToSnapshot() => JsonSerializer.Serialize(this, Wire.Json);

    /// <exception cref="JsonException">Not a snapshot.</exception>
    public static Ladder FromSnapshot(string snapshot) =>
        JsonSerializer.Deserialize<Ladder>(snapshot, Wire.Json) ?? throw new JsonException("The snapshot is empty.");
}
