using Hotline.Contracts;
using Hotline.Duty.Calendar;
using Hotline.Duty.Ladders;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary>
/// <c>POST /api/v1/swaps</c>: an officer asks another to take a shift, and may offer to take one in return. Nothing
/// changes until the other agrees. Each must be on duty for the whole of what is given away.
/// </summary>
public static class AskForSwap
{
    public sealed record Request
    {
        [Max(41)] public string? Unit { get; init; }
        [Max(40)] public string? Layer { get; init; }

        /// <summary>User name of who is asked.</summary>
        [Max(61)] public string? With { get; init; }
        public DateTimeOffset? From { get; init; }
        public DateTimeOffset? Until { get; init; }

        /// <summary>The shift taken in return; both or neither.</summary>
        public DateTimeOffset? ReturnFrom { get; init; }
        public DateTimeOffset? ReturnUntil { get; init; }
    }

    static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    public sealed record Asked(Guid Id, string State, long Version);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/swaps", HandleAsync).RequireRole(DutyRoutes.CanBeOnDuty).Accepts<Request>("application/json").Produces<Asked>(201);

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        var now = await clock.NowAsync(cancel);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            var (id, refused) = await AskAsync(database, request!, http.Caller(), key, now, cancel);
            return refused is null ? Answer(id) : Problems.Refuse(refused);
        }, before => Task.FromResult(Answer(before.Id)), cancel);
    }

    /// <summary>Also what the form on the screen does.</summary>
    internal static async Task<(Guid Id, Refusal? Refusal)> AskAsync(
        NpgsqlDataSource database, Request request, Caller by, IdempotencyKey? key, DateTimeOffset now, CancellationToken cancel)
    {
        if (Check(request, now) is { } bad)
            return (default, bad);
        await using var connection = await database.OpenConnectionAsync(cancel);
        // Who is asked must be somebody else, or one could agree with oneself.
        if (await AddOverride.OfficerAsync(connection, request.With!, cancel) is not { } other || other == by.AccountId)
            return (default, Refusal.With("request.unknown-code", "at", "/with"));
        return await WriteAsync(by, connection, request, request.Unit ?? LadderStep.Central, other, key, now, cancel);
    }

    static Refusal? Check(Request request, DateTimeOffset now) => request switch
    {
        { Unit: { } unit } when !Units.Exists(unit) => Refusal.With("request.unknown-code", "at", "/unit"),
        { Layer: null or "" } => Refusal.With("request.malformed", "at", "/layer"),
        { With: null } => Refusal.With("request.malformed", "at", "/with"),
        { From: null } => Refusal.With("request.malformed", "at", "/from"),
        { Until: var until } when !IsSpan(request.From, until) => Refusal.With("request.malformed", "at", "/until"),
        { ReturnFrom: null, ReturnUntil: null } => request.From < now ? new Refusal("override.in-past") : null,
        { ReturnFrom: var from, ReturnUntil: var until } when !IsSpan(from, until) => Refusal.With("request.malformed", "at", "/returnUntil"),
        _ => request.From < now || request.ReturnFrom < now ? new Refusal("override.in-past") : null,
    };

    static bool IsSpan(DateTimeOffset? from, DateTimeOffset? until) => until > from && until - from <= Longest && until.Value.Year < 2100;

    /// <summary>Alone: a stand-in takes the layer's place as a whole, and must not send a second officer home.</summary>
    internal static async Task<bool> IsOnDutyAsync(
        NpgsqlConnection connection, string unit, string layer, string officer, DateTimeOffset from, DateTimeOffset until, CancellationToken cancel)
    {
        var shifts = Shifts.Between(
            await RosterRows.VersionsAsync(connection, unit, cancel), await OverrideRows.BetweenAsync(connection, unit, from, until, cancel),
            await CalendarDays.InForceAsync(connection, cancel), layer, from, until);
        return shifts is [var first, ..] && first.From == from && shifts.All(shift => shift.Officers is [var alone] && alone == officer);
    }

    static async Task<(Guid Id, Refusal? Refusal)> WriteAsync(
        Caller by, NpgsqlConnection connection, Request request, string unit, Guid other, IdempotencyKey? key, DateTimeOffset now, CancellationToken cancel)
    {
        if (!await IsOnDutyAsync(connection, unit, request.Layer!, by.UserName, request.From!.Value, request.Until!.Value, cancel)
            || (request.ReturnFrom is { } from && !await IsOnDutyAsync(connection, unit, request.Layer!, request.With!, from, request.ReturnUntil!.Value, cancel)))
            return (default, new Refusal("swap.not-on-duty"));
        var id = Guid.CreateVersion7(now);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            """
            insert into swaps (id, unit, layer, asked_by, asked_of, given_from, given_until, taken_from, taken_until, state, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'asked', $10)
            """,
            id, unit, request.Layer, by.AccountId, other, request.From, request.Until, request.ReturnFrom, request.ReturnUntil, now));
        batch.BatchCommands.Add(new AuditRecord { Kind = "swap.asked", At = now, Actor = by.Alias, Code = $"{unit}/{request.Layer}" }.Insert());
        if (key is not null)
            batch.BatchCommands.Add(key.Insert(id));
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        return (id, null);
    }

    static IResult Answer(Guid id) => Results.Created($"/api/v1/swaps/{id}", new Asked(id, "asked", 1));
}
