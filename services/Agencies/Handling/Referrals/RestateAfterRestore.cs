using Hotline.Contracts;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Handling.Referrals;

/// <summary>
/// After a restore the hub may show what officers did after the backup was made, and this database does not know it. So
/// each open referral is stated anew, in the new epoch: both sides show the same, and work that was forgotten is open work.
/// </summary>
public sealed class RestateAfterRestore(
    NpgsqlDataSource database, DataKeys keys, Post post, DatabaseClock clock, OutboxSignal signal, TimeProvider time, ILogger<RestateAfterRestore> log)
    : BackgroundService
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await RestateAsync(stop);
                return;
            }
            catch (NpgsqlException away)
            {
                log.LogWarning("Restating waits: {Problem}", away.GetType().Name);
                await Task.Delay(Patience, time, stop).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    public async Task RestateAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var turn = new NpgsqlCommand(
            "update party_state set restated_at = hotline_now() where restored_at is not null and (restated_at is null or restated_at < restored_at)", connection);
        if (await turn.ExecuteNonQueryAsync(cancel) == 0)
            return;
        var open = await OpenAsync(connection, cancel);
        var dataKeys = await keys.GetAsync([.. open.Select(r => r.KeyId).Distinct()], cancel);
        var now = await clock.NowAsync(cancel);
        var commands = new List<NpgsqlBatchCommand>();
        foreach (var row in open.Where(r => dataKeys.ContainsKey(r.KeyId)))
        {
            var (jti, _) = post.Write(row, dataKeys[row.KeyId], Kinds.ProgressNoted, new ProgressNoted(row.State, null, now, "restored"), now, commands);
            commands.Add(row.History("referral.restated", "system", now, jti));
            commands.Add(row.Save());
        }
        if (commands.Count > 0)
        {
            await using var batch = new NpgsqlBatch(connection);
            foreach (var command in commands)
                batch.BatchCommands.Add(command);
            await batch.ExecuteNonQueryAsync(cancel);
        }
        await transaction.CommitAsync(cancel);
        signal.Raise();
        log.LogWarning("After the restore {Count} open referrals were stated anew", open.Count);
    }

    static async Task<List<ReferralRow>> OpenAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            $"select {ReferralRow.Columns} from referrals where is_open order by id for update", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<ReferralRow>();
        while (await reader.ReadAsync(cancel))
            rows.Add(ReferralRow.Read(reader));
        return rows;
    }
}
