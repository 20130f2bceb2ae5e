using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Hotline.Hosting.Storage;

/// <summary>
/// Lets independent changes that are ready at the same time share one transaction: under load one commit serves many,
/// alone nobody waits. Must stay true: each change is whole or not at all, and its caller hears which. A shared
/// transaction that fails is done again one change at a time, so that nobody pays for another's refusal.
/// </summary>
public sealed class SharedCommits(NpgsqlDataSource database) : BackgroundService
{
    const int MostTogether = 64;

    sealed record Change(IReadOnlyList<NpgsqlBatchCommand> Commands, TaskCompletionSource Done);

    readonly Channel<Change> changes = Channel.CreateUnbounded<Change>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Completes when the change is committed.</summary>
    /// <param name="commands">All of the change; it depends on nothing that another change could alter.</param>
    /// <exception cref="PostgresException">The database refused this change; nothing of it was written.</exception>
    public async Task WriteAsync(IReadOnlyList<NpgsqlBatchCommand> commands, CancellationToken cancel)
    {
        var change = new Change(commands, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await changes.Writer.WriteAsync(change, cancel);
        await change.Done.Task;
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var together = new List<Change>(MostTogether);
        while (await changes.Reader.WaitToReadAsync(stop))
        {
            together.Clear();
            while (together.Count < MostTogether && changes.Reader.TryRead(out var change))
                together.Add(change);
            await CommitAsync(together);
        }
    }

    async Task CommitAsync(List<Change> together)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync();
            // One batch without an explicit transaction is one transaction: it ends with the batch.
            await using var batch = new NpgsqlBatch(connection);
            foreach (var command in Rows.Stack([.. together.SelectMany(c => c.Commands)]))
                batch.BatchCommands.Add(command);
            await batch.ExecuteNonQueryAsync();
            foreach (var change in together)
                change.Done.TrySetResult();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            if (together.Count == 1)
            {
                together[0].Done.TrySetException(failure);
                return;
            }
            foreach (var change in together)
                await CommitAsync([new Change([.. change.Commands.Select(Again)], change.Done)]);
        }
    }

    /// <summary>A command belongs to the batch that it was first put into; a second try needs a fresh one.</summary>
    static NpgsqlBatchCommand Again(NpgsqlBatchCommand command)
    {
        var again = new NpgsqlBatchCommand(command.CommandText);
        foreach (NpgsqlParameter parameter in command.Parameters)
            again.Parameters.Add(parameter.Clone());
        return again;
    }
}
