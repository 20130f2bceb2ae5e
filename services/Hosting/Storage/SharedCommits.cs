using System.Threading.Channels;
using Hotline.Hosting.Messages;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Storage;

/// <summary>
/// Lets independent changes that are ready at the same time share one transaction: under load one commit serves many,
/// alone nobody waits. Must stay true: each change is whole or not at all, and its caller hears which, even when the
/// connection died under the commit. A shared transaction that fails is done again one change at a time, so that nobody
/// pays for another's refusal.
/// </summary>
public sealed class SharedCommits(NpgsqlDataSource database, OutboxSignal outbox, TimeProvider time, ILogger<SharedCommits> log) : BackgroundService
{
    const int MostTogether = 64;

    /// <summary>Requests are where a rush begins: what is gathered here stays together on all of its way.</summary>
    const double TurnsToGather = 3;
    static readonly TimeSpan LongestMoment = TimeSpan.FromMilliseconds(15);

    /// <summary>How long a database that went away under a commit is waited for before its outcome is given up.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    sealed record Change(IReadOnlyList<NpgsqlBatchCommand> Commands, NpgsqlBatchCommand Mark, TaskCompletionSource Done);

    readonly Channel<Change> changes = Channel.CreateUnbounded<Change>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Completes when the change is committed.</summary>
    /// <param name="commands">All of the change; it depends on nothing that another change could alter.</param>
    /// <param name="mark">A query that has a row exactly when the change is there: asked when nobody knows.</param>
    /// <exception cref="PostgresException">The database refused this change; nothing of it was written.</exception>
    /// <exception cref="NpgsqlException">The database stayed away: whether the change was written is not known.</exception>
    public async Task WriteAsync(IReadOnlyList<NpgsqlBatchCommand> commands, NpgsqlBatchCommand mark, CancellationToken cancel)
    {
        var change = new Change(commands, mark, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await changes.Writer.WriteAsync(change, cancel);
        await change.Done.Task;
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var gathering = new Gathering(TurnsToGather, LongestMoment, time);
        var together = new List<Change>(MostTogether);
        while (await changes.Reader.WaitToReadAsync(stop))
        {
            await gathering.WaitAsync(stop);
            together.Clear();
            while (together.Count < MostTogether && changes.Reader.TryRead(out var change))
                together.Add(change);
            await gathering.WorkAsync(together.Count, () => CommitAsync(together));
        }
    }

    async Task CommitAsync(List<Change> together)
    {
        try
        {
            await WriteAsync(Rows.Stack([.. together.SelectMany(c => c.Commands)]));
            Wake(together);
            foreach (var change in together)
                change.Done.TrySetResult();
        }
        catch (Exception refused) when (together.Count == 1 && !DatabaseAway.Is(refused) && refused is not OutOfMemoryException)
        {
            together[0].Done.TrySetException(refused);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            var since = time.GetTimestamp();
            foreach (var change in together)
                await CommitAloneAsync(change, absent: !DatabaseAway.Is(failure), since);
        }
    }

    /// <param name="absent">Whether it is certain that nothing of the change is there.</param>
    async Task CommitAloneAsync(Change change, bool absent, long since)
    {
        for (var clashes = 0; ;)
        {
            try
            {
                if (absent || !await IsThereAsync(change))
                    await WriteAsync(change.Commands.Select(Again));
                Wake([change]);
                change.Done.TrySetResult();
                return;
            }
            catch (Exception away) when (DatabaseAway.Is(away) && time.GetElapsedTime(since) < Patience)
            {
                absent = false;
                log.LogWarning("A commit waits for the database: {Problem}", away.GetType().Name);
                await Task.Delay(BetweenLooks, time);
            }
            catch (PostgresException clash) when (!absent && clash.SqlState == PostgresErrorCodes.UniqueViolation && clashes++ == 0)
            {
                // Perhaps with ourselves: the lost commit was still under way while we looked. Look again.
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                change.Done.TrySetException(failure);
                return;
            }
        }
    }

    async Task<bool> IsThereAsync(Change change)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Again(change.Mark));
        return await batch.ExecuteScalarAsync() is not null;
    }

    async Task WriteAsync(IEnumerable<NpgsqlBatchCommand> commands)
    {
        await using var connection = await database.OpenConnectionAsync();
        // One batch without an explicit transaction is one transaction: it ends with the batch.
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in commands)
            batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync();
    }

    /// <summary>The relay is woken once for all that were committed together: called by each of them, it would look again for nothing.</summary>
    void Wake(IEnumerable<Change> committed)
    {
        if (committed.Any(change => change.Commands.Any(Outbox.IsIn)))
            outbox.Raise();
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
