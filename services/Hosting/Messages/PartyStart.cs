using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>Reads this database's epoch before anything is sent: after a restore it is higher than peers have seen.</summary>
public sealed class PartyStart(NpgsqlDataSource database, Post post) : IHostedService
{
    public async Task StartAsync(CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select epoch from party_state");
        post.Epoch = (int)(await command.ExecuteScalarAsync(cancel))!;
    }

    public Task StopAsync(CancellationToken cancel) => Task.CompletedTask;
}
