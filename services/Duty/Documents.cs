using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Npgsql;

namespace Hotline.Duty;

/// <summary>Writes a new version of a document and its audit record in the caller's transaction.</summary>
static class Documents
{
    /// <summary>False where somebody was quicker, or the version was never seen: then nothing was written.</summary>
    /// <param name="insert">Inserts no row unless its version follows the newest.</param>
    /// <param name="key">Of the form that it came by; null where a program made no such promise.</param>
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
