using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Hotline.Duty;

/// <summary>What administrators change as a whole and in versions: ladders with clocks, rosters, a year's holidays.</summary>
static class Documents
{
    /// <summary>Checks a document and writes it as the version after the one that was seen.</summary>
    /// <param name="key">Of the form that it came by; null where a program made no such promise.</param>
    public delegate Task<(T? Document, Refusal? Refusal)> Write<T>(
        NpgsqlDataSource database, T written, long seen, Caller by, IdempotencyKey? key, DateTimeOffset now, CancellationToken cancel);

    /// <summary>The answer to a <c>PUT</c> with <c>If-Match</c>: the document as it was written, with its version.</summary>
    public static Delegate Put<T>(Write<T> write) where T : class => async (HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
    {
        var (seen, missing) = Versions.Require(http);
        if (missing is not null)
            return Problems.Refuse(missing);
        var (document, _, refusal) = await RequestBody.ReadAsync<T>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        var (written, refused) = await write(database, document!, seen, http.Caller(), null, await clock.NowAsync(cancel), cancel);
        if (refused is not null)
            return Problems.Refuse(refused);
        http.SetETag(seen + 1);
        return Results.Ok(written);
    };

    /// <summary>Writes a new version and its audit record in the caller's transaction.</summary>
    /// <param name="insert">Inserts no row unless its version follows the newest.</param>
    /// <param name="key">Of the form that it came by; null where a program made no such promise.</param>
    /// <returns>False where somebody was quicker, or the version was never seen: then nothing was written.</returns>
    public static async Task<bool> WriteAsync(
        NpgsqlConnection connection, NpgsqlBatchCommand insert, AuditRecord audit, IdempotencyKey? key, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(insert);
        try
        {
            if (await batch.ExecuteNonQueryAsync(cancel) == 0)
                return false;
        }
        catch (PostgresException quicker) when (quicker.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }
        await using var record = new NpgsqlBatch(connection);
        record.BatchCommands.Add(audit.Insert());
        if (key is not null)
            record.BatchCommands.Add(key.Insert(Guid.CreateVersion7(audit.At)));
        await record.ExecuteNonQueryAsync(cancel);
        return true;
    }
}
