using Hotline.Contracts;
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

/// <summary><c>POST /api/v1/overrides</c>: an officer stands in on one layer of a desk. Two that overlap are refused: they would leave open who is woken.</summary>
public static class AddOverride
{
    public sealed record Request
    {
        [Max(41)] public string? Unit { get; init; }
        [Max(40)] public string? Layer { get; init; }

        /// <summary>User name of who stands in.</summary>
        [Max(61)] public string? Officer { get; init; }
        public DateTimeOffset? From { get; init; }

        /// <summary>Exclusive.</summary>
        public DateTimeOffset? Until { get; init; }
        [Max(500)] public string? Reason { get; init; }
    }

    public sealed record Added(Guid Id);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/overrides", HandleAsync).RequireRole(Roles.Administrator).Accepts<Request>("application/json").Produces<Added>(201);

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        var now = await clock.NowAsync(cancel);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            var (id, refused) = await AddAsync(database, request!, http.Caller(), key, now, cancel);
            return refused is null ? Answer(id) : Problems.Refuse(refused);
        }, before => Task.FromResult(Answer(before.Id)), cancel);
    }

    static Refusal? Check(Request request, DateTimeOffset now) => request switch
    {
        { Unit: { } unit } when !Units.Exists(unit) => Refusal.With("request.unknown-code", "at", "/unit"),
        { Layer: null or "" } => Refusal.With("request.malformed", "at", "/layer"),
        { Officer: null } => Refusal.With("request.malformed", "at", "/officer"),
        { From: null } => Refusal.With("request.malformed", "at", "/from"),
        { Until: var until } when until is null || until <= request.From => Refusal.With("request.malformed", "at", "/until"),
        _ => request.Until <= now ? new Refusal("override.in-past") : null,
    };

    /// <summary>Also what the form on the screen does.</summary>
    internal static async Task<(Guid Id, Refusal? Refusal)> AddAsync(
        NpgsqlDataSource database, Request request, Caller by, IdempotencyKey? key, DateTimeOffset now, CancellationToken cancel)
    {
        if (Check(request, now) is { } bad)
            return (default, bad);
        var unit = request.Unit ?? LadderStep.Central;
        await using var connection = await database.OpenConnectionAsync(cancel);
        if (await OfficerAsync(connection, request.Officer!, cancel) is not { } officer)
            return (default, Refusal.With("request.unknown-code", "at", "/officer"));
        var id = Guid.CreateVersion7(now);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        // A duty that is over is a fact: what begins in the past counts from now.
        var from = request.From!.Value > now ? request.From.Value : now;
        batch.BatchCommands.Add(OverrideRows.Insert(id, unit, request.Layer!, from, request.Until!.Value, officer, request.Reason ?? string.Empty, null, by.Alias, now));
        batch.BatchCommands.Add(new AuditRecord { Kind = "override.added", At = now, Actor = by.Alias, Code = $"{unit}/{request.Layer}" }.Insert());
        if (key is not null)
            batch.BatchCommands.Add(key.Insert(id));
        try
        {
            await batch.ExecuteNonQueryAsync(cancel);
        }
        catch (PostgresException overlap) when (overlap.ConstraintName == OverrideRows.NoOverlap)
        {
            return (default, new Refusal("override.overlaps"));
        }
        await transaction.CommitAsync(cancel);
        return (id, null);
    }

    internal static async Task<Guid?> OfficerAsync(NpgsqlConnection connection, string userName, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select id from accounts where user_name = $1 and disabled_at is null and roles && $2", connection);
        command.Parameters.Add(Sql.Parameter(userName));
        command.Parameters.Add(Sql.Parameter(DutyRoutes.CanBeOnDuty));
        return await command.ExecuteScalarAsync(cancel) as Guid?;
    }

    static IResult Answer(Guid id) => Results.Created($"/api/v1/overrides/{id}", new Added(id));
}
