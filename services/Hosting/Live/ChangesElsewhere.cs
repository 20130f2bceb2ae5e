using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Live;

/// <summary>
/// Carries <see cref="Changes"/> between the nodes of a party by <c>NOTIFY</c>: at most ten a second, ids only, in a
/// statement of its own after the commit. A lost one costs a console a second of delay, never the truth: pages read the
/// database.
/// </summary>
public sealed class ChangesElsewhere(Changes changes, NpgsqlDataSource database, TimeProvider time, ILogger<ChangesElsewhere> log) : BackgroundService
{
    const string Channel = "hotline_changes";
    const int MostIds = 100; // a notification holds 8,000 bytes
    static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);
    readonly string node = Guid.CreateVersion7(time.GetUtcNow()).ToString("N");

    protected override Task ExecuteAsync(CancellationToken stop) => Task.WhenAll(TellAsync(stop), ListenAsync(stop));

    async Task TellAsync(CancellationToken stop)
    {
        var ids = new HashSet<Guid>();
        while (!stop.IsCancellationRequested)
            try
            {
                await changes.ForOtherNodes.Reader.WaitToReadAsync(stop);
                while (ids.Count < MostIds && changes.ForOtherNodes.Reader.TryRead(out var id))
                    ids.Add(id);
                await using var batch = database.CreateBatch();
                batch.BatchCommands.Add(Sql.Command("select pg_notify($1, $2)", Channel, $"{node} {string.Join(' ', ids.Select(i => i.ToString("N")))}"));
                await batch.ExecuteNonQueryAsync(stop);
                ids.Clear();
                await Task.Delay(Breath, time, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException away)
            {
                log.LogWarning("Other nodes are told later: {Problem}", away.GetType().Name);
                await Pause.BackOffAsync(1, TimeSpan.FromSeconds(5), stop);
            }
    }

    async Task ListenAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
            try
            {
                await using var connection = await database.OpenConnectionAsync(stop);
                connection.Notification += (_, told) => Take(told.Payload);
                await using (var listen = new NpgsqlCommand($"listen {Channel}", connection))
                    await listen.ExecuteNonQueryAsync(stop);
                try
                {
                    while (true)
                        await connection.WaitAsync(stop);
                }
                finally
                {
                    // The connection goes back to the pool without being reset.
                    if (connection.State == System.Data.ConnectionState.Open)
                        await new NpgsqlCommand("unlisten *", connection).ExecuteNonQueryAsync(CancellationToken.None);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException away)
            {
                log.LogWarning("Other nodes are heard later: {Problem}", away.GetType().Name);
                await Pause.BackOffAsync(1, TimeSpan.FromSeconds(5), stop);
            }
    }

    void Take(string payload)
    {
        var parts = payload.Split(' ');
        if (parts[0] == node)
            return;
        changes.Tell([.. parts.Skip(1).Select(p => Guid.TryParseExact(p, "N", out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty)]);
    }
}
