using Hotline.Contracts;
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
/// <c>GET /api/v1/swaps</c> lists an officer's own; <c>POST /swaps/{id}/agree</c> and <c>/refuse</c> are for who was asked,
/// <c>DELETE /swaps/{id}</c> for who asked. Agreed, it is written as overrides: one, or two where a shift is taken in return.
/// </summary>
public static class SettleSwap
{
    public sealed record Item(
        Guid Id, string Unit, string Layer, string AskedBy, string AskedOf, DateTimeOffset From, DateTimeOffset Until,
        DateTimeOffset? ReturnFrom, DateTimeOffset? ReturnUntil, string State, long Version);

    sealed record Row(Item Item, Guid AskedBy, Guid AskedOf);

    const string Query =
        """
        select s.id, s.unit, s.layer, b.user_name, o.user_name, s.given_from, s.given_until, s.taken_from, s.taken_until, s.state, s.version, s.asked_by, s.asked_of
        from swaps s join accounts b on b.id = s.asked_by join accounts o on o.id = s.asked_of
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/swaps", ListAsync).RequireRole(DutyRoutes.Readers).Produces<Page<Item>>();
        routes.MapPost("/swaps/{id:guid}/agree", (Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
            SettleAsync(id, "agreed", http, database, clock, cancel)).RequireRole(DutyRoutes.CanBeOnDuty).Produces<Item>();
        routes.MapPost("/swaps/{id:guid}/refuse", (Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
            SettleAsync(id, "refused", http, database, clock, cancel)).RequireRole(DutyRoutes.CanBeOnDuty).Produces<Item>();
        routes.MapDelete("/swaps/{id:guid}", (Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
            SettleAsync(id, "withdrawn", http, database, clock, cancel)).RequireRole(DutyRoutes.CanBeOnDuty).Produces<Item>();
    }

    static async Task<IResult> ListAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return Portion.Answer(http, await FindAsync(connection, http.Caller(), cancel));
    }

    /// <summary>One's own; an administrator's are all. Newest first.</summary>
    internal static async Task<IReadOnlyList<Item>> FindAsync(NpgsqlConnection connection, Caller caller, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand($"{Query} where $1 in (s.asked_by, s.asked_of) or $2 order by s.created_at desc limit 200", connection);
        command.Parameters.Add(Sql.Parameter(caller.AccountId));
        command.Parameters.Add(Sql.Parameter(caller.Roles.Contains(Roles.Administrator)));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<Item>();
        while (await reader.ReadAsync(cancel))
            items.Add(Read(reader).Item);
        return items;
    }

    static async Task<IResult> SettleAsync(Guid id, string state, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (seen, malformed) = Versions.Optional(http);
        if (malformed is not null)
            return Problems.Refuse(malformed);
        var (raw, refusal) = await RequestBody.ReadEmptyAsync(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            var (item, refused) = await SettleAsync(database, id, state, seen, http.Caller(), key, await clock.NowAsync(cancel), cancel);
            return refused is null ? Results.Ok(item) : Problems.Refuse(refused);
        }, async before => Results.Ok(await ReadAsync(database, before.Id, cancel)), cancel);
    }

    /// <summary>Settled once, it stays as it was answered.</summary>
    static async Task<Item> ReadAsync(NpgsqlDataSource database, Guid id, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"{Query} where s.id = $1");
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return Read(reader).Item;
    }

    /// <summary>Also what the forms on the screen do.</summary>
    /// <param name="state"><c>agreed</c>, <c>refused</c> or <c>withdrawn</c>.</param>
    /// <param name="seen">The version that the person saw; null = whichever.</param>
    internal static async Task<(Item? Item, Refusal? Refusal)> SettleAsync(
        NpgsqlDataSource database, Guid id, string state, long? seen, Caller by, IdempotencyKey? key, DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var me = by.AccountId;
        // For whoever has no say in it, it does not exist.
        if (await LockAsync(connection, id, cancel) is not { } row || me != (state == "withdrawn" ? row.AskedBy : row.AskedOf))
            return (null, new Refusal("not-found"));
        if (seen is not null && seen != row.Item.Version)
            return (null, new Refusal("version.stale"));
        if (row.Item.State != "asked")
            return (null, Refusal.With("swap.settled", "state", row.Item.State));
        if (state == "agreed" && row.Item.From < now)
            return (null, new Refusal("override.in-past"));
        if (state == "agreed" && !await StillHoldsAsync(connection, row.Item, cancel))
            return (null, new Refusal("swap.not-on-duty"));
        try
        {
            await WriteAsync(connection, row, state, by.Alias, key, now, cancel);
        }
        catch (PostgresException overlap) when (overlap.ConstraintName == OverrideRows.NoOverlap)
        {
            return (null, new Refusal("override.overlaps"));
        }
        await transaction.CommitAsync(cancel);
        return (row.Item with { State = state, Version = row.Item.Version + 1 }, null);
    }

    /// <summary>The roster may have changed since it was asked.</summary>
    static async Task<bool> StillHoldsAsync(NpgsqlConnection connection, Item swap, CancellationToken cancel) =>
        await AskForSwap.IsOnDutyAsync(connection, swap.Unit, swap.Layer, swap.AskedBy, swap.From, swap.Until, cancel)
        && (swap.ReturnFrom is null || await AskForSwap.IsOnDutyAsync(connection, swap.Unit, swap.Layer, swap.AskedOf, swap.ReturnFrom.Value, swap.ReturnUntil!.Value, cancel));

    static async Task WriteAsync(NpgsqlConnection connection, Row row, string state, string by, IdempotencyKey? key, DateTimeOffset now, CancellationToken cancel)
    {
        var swap = row.Item;
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command("update swaps set state = $2, settled_at = $3, version = version + 1 where id = $1", swap.Id, state, now));
        if (state == "agreed")
            batch.BatchCommands.Add(OverrideRows.Insert(
                Guid.CreateVersion7(now), swap.Unit, swap.Layer, swap.From, swap.Until, row.AskedOf, string.Empty, swap.Id, by, now));
        if (state == "agreed" && swap.ReturnFrom is { } from)
            batch.BatchCommands.Add(OverrideRows.Insert(
                Guid.CreateVersion7(now), swap.Unit, swap.Layer, from, swap.ReturnUntil!.Value, row.AskedBy, string.Empty, swap.Id, by, now));
        batch.BatchCommands.Add(new AuditRecord { Kind = $"swap.{state}", At = now, Actor = by, Code = $"{swap.Unit}/{swap.Layer}" }.Insert());
        if (key is not null)
            batch.BatchCommands.Add(key.Insert(swap.Id));
        await batch.ExecuteNonQueryAsync(cancel);
    }

    static async Task<Row?> LockAsync(NpgsqlConnection connection, Guid id, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand($"{Query} where s.id = $1 for update of s", connection);
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(reader) : null;
    }

    static Row Read(NpgsqlDataReader reader) => new(
        new Item(
            reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.Time(5), reader.Time(6),
            reader.IsDBNull(7) ? null : reader.Time(7), reader.IsDBNull(8) ? null : reader.Time(8), reader.GetString(9), reader.GetInt64(10)),
        reader.GetGuid(11), reader.GetGuid(12));
}
