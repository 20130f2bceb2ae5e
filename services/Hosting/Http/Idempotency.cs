using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline.Hosting.Http;

/// <summary>A client's promise that two requests are one.</summary>
public sealed record IdempotencyKey(Guid AccountId, string Route, Guid Key, byte[] BodyMac)
{
    /// <summary>Part of the change's own batch: it commits with the change, or not at all.</summary>
    /// <param name="version">What the answer said, so that a replay says it again.</param>
    /// <param name="state">What else it said that may change: a code or a count, never a text.</param>
    public NpgsqlBatchCommand Insert(Guid createdId, long? version = null, string? state = null) => Sql.Command(
        "insert into idempotency_keys (account_id, route, key, body_mac, created_id, version, state, created_at) values ($1, $2, $3, $4, $5, $6, $7, hotline_now())",
        AccountId, Route, Key, BodyMac, createdId, version, state);
}

/// <summary>What the first of two equal requests was answered.</summary>
public sealed record AnsweredBefore(Guid Id, long? Version, string? State, byte[] BodyMac);

/// <summary>
/// <c>Idempotency-Key</c> (http.md): a request that is sent again after a lost answer changes nothing and gets the same
/// answer. The row holds a keyed hash of the body, never the body.
/// </summary>
public static class Idempotency
{
    const string BodyPurpose = "idempotency-body";

    /// <summary>Runs the change once.</summary>
    /// <param name="change">Makes the change; it adds the key's insert to its own transaction.</param>
    /// <param name="replay">Answers for what was made before.</param>
    public static async Task<IResult> OnceAsync(
        HttpContext http, NpgsqlDataSource database, ReadOnlyMemory<byte> raw,
        Func<IdempotencyKey?, Task<IResult>> change, Func<AnsweredBefore, Task<IResult>> replay, CancellationToken cancel)
    {
        var header = http.Request.Headers["Idempotency-Key"].ToString();
        if (header.Length == 0)
            return await change(null);
        return Guid.TryParseExact(header, "D", out var id)
            ? await OnceAsync(http, database, id, raw, change, replay, cancel)
            : Problems.Refuse(Refusal.With("request.malformed", "at", "Idempotency-Key"));
    }

    /// <summary>The same promise, made by a form: its key stands in the page.</summary>
    public static async Task<IResult> OnceAsync(
        HttpContext http, NpgsqlDataSource database, Guid id, ReadOnlyMemory<byte> raw,
        Func<IdempotencyKey?, Task<IResult>> change, Func<AnsweredBefore, Task<IResult>> replay, CancellationToken cancel)
    {
        var storage = http.RequestServices.GetRequiredService<StorageKeys>();
        var route = $"{http.Request.Method} {http.Request.Path}";
        var key = new IdempotencyKey(http.Caller().AccountId, route, id, storage.Mac(raw.Span, BodyPurpose));
        if (await FindAsync(database, key, cancel) is { } before)
            return await ReplayAsync(before, key, replay);
        try
        {
            var result = await change(key);
            // Refused, perhaps because the same request ran beside this one and was quicker.
            return result is IStatusCodeHttpResult { StatusCode: >= 400 } && await FindAsync(database, key, cancel) is { } first
                ? await ReplayAsync(first, key, replay) : result;
        }
        catch (PostgresException twice) when (twice.ConstraintName == "idempotency_keys_pkey")
        {
            // The other one was quicker; this one's transaction is gone.
            return await ReplayAsync((await FindAsync(database, key, cancel))!, key, replay);
        }
    }

    static Task<IResult> ReplayAsync(AnsweredBefore before, IdempotencyKey key, Func<AnsweredBefore, Task<IResult>> replay) =>
        before.BodyMac.AsSpan().SequenceEqual(key.BodyMac) ? replay(before) : Task.FromResult(Problems.Refuse("idempotency-key.reused"));

    static async Task<AnsweredBefore?> FindAsync(NpgsqlDataSource database, IdempotencyKey key, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select created_id, version, state, body_mac from idempotency_keys where account_id = $1 and route = $2 and key = $3");
        command.Parameters.Add(Sql.Parameter(key.AccountId));
        command.Parameters.Add(Sql.Parameter(key.Route));
        command.Parameters.Add(Sql.Parameter(key.Key));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? new AnsweredBefore(reader.GetGuid(0), reader.Maybe<long?>(1), reader.Maybe<string>(2), reader.GetFieldValue<byte[]>(3)) : null;
    }
}
