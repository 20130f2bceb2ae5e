using Hotline.Hosting.Audit;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Hosting.BreakGlass;

/// <summary>Closes glasses whose hour is over: nothing opens by them any more, and that is on record as their opening is.</summary>
public sealed class CloseExpired(NpgsqlDataSource database, Party party, DatabaseClock clock)
{
    /// <summary>A condition in SQL, as <see cref="Errand"/> takes it.</summary>
    public const string DueWhen = "exists (select from glass_breaks where closed_at is null and expires_at <= clock.at)";

    public async Task CloseAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var now = await clock.NowAsync(cancel);
        await using var records = new NpgsqlBatch(connection);
        await using (var close = new NpgsqlCommand(
            "update glass_breaks set closed_at = expires_at where closed_at is null and expires_at <= hotline_now() returning subject, reason_code", connection))
        await using (var closed = await close.ExecuteReaderAsync(cancel))
            while (await closed.ReadAsync(cancel))
                records.BatchCommands.Add(AuditRecord.About(party, closed.GetGuid(0), "break-glass.closed", "system", now, closed.GetString(1)).Insert());
        // Another node may have been quicker.
        if (records.BatchCommands.Count > 0)
            await records.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
    }
}
