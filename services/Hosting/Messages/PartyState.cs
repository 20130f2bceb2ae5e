using Hotline.Hosting.Storage;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>What this database is to its peers; read once at start.</summary>
public sealed class PartyState
{
    /// <summary>Raised when the database was restored (protocol.md, "Sealed message"): order is (epoch, seq).</summary>
    public int Epoch { get; set; } = 1;

    /// <summary>When this database last came back from a backup, UTC; null = never.</summary>
    public DateTimeOffset? RestoredAt { get; set; }
}

/// <summary>Reads the state before anything is sent: after a restore the epoch is higher than peers have seen.</summary>
public sealed class PartyStart(NpgsqlDataSource database, PartyState state) : IHostedService
{
    public async Task StartAsync(CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select epoch, restored_at from party_state");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        state.Epoch = reader.GetInt32(0);
        state.RestoredAt = reader.IsDBNull(1) ? null : reader.Time(1);
    }

    public Task StopAsync(CancellationToken cancel) => Task.CompletedTask;
}
