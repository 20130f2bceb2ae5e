using System.Collections.Frozen;
using System.Text.Json.Serialization;

namespace Hotline.Contracts;

/// <summary>The states both sides agree on (R20; protocol.md, "States"). Before delivery the hub owns the state, after it the agency.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReferralState>))]
public enum ReferralState
{
    [JsonStringEnumMemberName("queued")] Queued,
    [JsonStringEnumMemberName("sent")] Sent,
    [JsonStringEnumMemberName("delivered")] Delivered,
    [JsonStringEnumMemberName("acknowledged")] Acknowledged,
    [JsonStringEnumMemberName("accepted")] Accepted,
    [JsonStringEnumMemberName("declined")] Declined,
    [JsonStringEnumMemberName("closed")] Closed,
    [JsonStringEnumMemberName("revoked")] Revoked,
}

/// <summary>What can be asked of a referral, by a person, the bus or the hub.</summary>
public enum ReferralCommand
{
    /// <summary>The broker confirmed the message (hub).</summary>
    Send,

    /// <summary>The agency's receipt is there (hub).</summary>
    Deliver,

    /// <summary>The outbox row was removed before it was sent (hub).</summary>
    Withdraw,

    Acknowledge,
    Accept,
    Decline,
    HandBack,
    NoteProgress,
    Close,

    /// <summary>The hub asked for the referral back, and the agency has not accepted it yet (agency).</summary>
    Revoke,
}

/// <summary>A refusal is a value with a stable code (http.md, "Codes"), never an exception.</summary>
/// <param name="Code">For example <c>referral.wrong-state</c>.</param>
/// <param name="Details">Further members of the problem document; never case content.</param>
public sealed record Refusal(string Code, IReadOnlyDictionary<string, object?>? Details = null)
{
    public static Refusal With(string code, string name, object? value) =>
        new(code, new Dictionary<string, object?> { [name] = value });
}

/// <summary>What became of a command: a move, or a refusal.</summary>
public abstract record Decision
{
    public sealed record Moved(ReferralCommand Command, ReferralState From, ReferralState To, DateTimeOffset At) : Decision;

    public sealed record Refused(Refusal Refusal) : Decision;
}

/// <summary>The one table of allowed moves, for both sides (protocol.md, "States").</summary>
public static class ReferralMoves
{
    static readonly FrozenDictionary<(ReferralState, ReferralCommand), ReferralState> Table =
        new Dictionary<(ReferralState, ReferralCommand), ReferralState>
        {
            [(ReferralState.Queued, ReferralCommand.Send)] = ReferralState.Sent,
            [(ReferralState.Queued, ReferralCommand.Withdraw)] = ReferralState.Revoked,
            // A receipt can overtake the broker's confirm.
            [(ReferralState.Queued, ReferralCommand.Deliver)] = ReferralState.Delivered,
            [(ReferralState.Sent, ReferralCommand.Deliver)] = ReferralState.Delivered,

            [(ReferralState.Delivered, ReferralCommand.Acknowledge)] = ReferralState.Acknowledged,
            [(ReferralState.Delivered, ReferralCommand.Accept)] = ReferralState.Accepted,
            [(ReferralState.Delivered, ReferralCommand.Decline)] = ReferralState.Declined,
            [(ReferralState.Delivered, ReferralCommand.Revoke)] = ReferralState.Revoked,

            [(ReferralState.Acknowledged, ReferralCommand.Accept)] = ReferralState.Accepted,
            [(ReferralState.Acknowledged, ReferralCommand.Decline)] = ReferralState.Declined,
            [(ReferralState.Acknowledged, ReferralCommand.HandBack)] = ReferralState.Delivered,
            [(ReferralState.Acknowledged, ReferralCommand.NoteProgress)] = ReferralState.Acknowledged,
            [(ReferralState.Acknowledged, ReferralCommand.Revoke)] = ReferralState.Revoked,

            [(ReferralState.Accepted, ReferralCommand.NoteProgress)] = ReferralState.Accepted,
            [(ReferralState.Accepted, ReferralCommand.Close)] = ReferralState.Closed,
        }.ToFrozenDictionary();

    /// <summary>Decides a command. Pure: no clock, no storage.</summary>
    /// <param name="now">The database's clock, UTC.</param>
    /// <returns>The move, or <c>referral.wrong-state</c> with the state that stands in the way.</returns>
    public static Decision Decide(ReferralState state, ReferralCommand command, DateTimeOffset now) =>
        Table.TryGetValue((state, command), out var to)
            ? new Decision.Moved(command, state, to, now)
            : new Decision.Refused(Refusal.With("referral.wrong-state", "state", state.ToText()));

    /// <summary>Whether nothing further can happen to the referral.</summary>
    public static bool IsFinal(this ReferralState state) =>
        state is ReferralState.Declined or ReferralState.Closed or ReferralState.Revoked;

    /// <summary>The name of a state on the wire and in the database.</summary>
    public static string ToText(this ReferralState state) => Names[(int)state];

    /// <summary>The state of a name on the wire or in the database.</summary>
    /// <exception cref="FormatException">The name is none of the eight.</exception>
    public static ReferralState ToState(this string name) =>
        Array.IndexOf(Names, name) is >= 0 and var index ? (ReferralState)index : throw new FormatException("Not a referral state.");

    static readonly string[] Names = ["queued", "sent", "delivered", "acknowledged", "accepted", "declined", "closed", "revoked"];
}
