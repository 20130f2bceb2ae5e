using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Storage;

/// <summary>Removes once an hour what has outlived its use: idempotency keys after 7 days, sessions 30 days after their end.</summary>
public sealed class Housekeeping(NpgsqlDataSource database, TimeProvider time, ILogger<Housekeeping> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Every, time, stop).ContinueWith(_ => { }, TaskScheduler.Default);
            try
            {
                if (!stop.IsCancellationRequested)
                    await SweepAsync(stop);
            }
            catch (NpgsqlException away)
            {
                log.LogWarning("Housekeeping waits: {Problem}", away.GetType().Name);
            }
        }
    }

    public async Task SweepAsync(CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command("delete from idempotency_keys where created_at < hotline_now() - interval '7 days'"));
        batch.BatchCommands.Add(Sql.Command("delete from sessions where expires_at < hotline_now() - interval '30 days'"));
        batch.BatchCommands.Add(Sql.Command("delete from sign_in_failures where last_at < hotline_now() - interval '1 day'"));
        await batch.ExecuteNonQueryAsync(cancel);
    }
}
