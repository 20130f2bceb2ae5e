using Hotline.Contracts;
using Hotline.Hosting.Live;
using Hotline.Hosting.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using RabbitMQ.Client.Exceptions;

namespace Hotline.Hosting.Messages;

/// <summary>A row of the outbox that the broker has confirmed.</summary>
public sealed record Relayed(Guid MessageId, string Kind, Guid? Referral);

/// <summary>What a party writes when messages have left: the hub moves its referrals to <c>sent</c>.</summary>
public sealed record WhenRelayed(Func<IReadOnlyList<Relayed>, DateTimeOffset, IEnumerable<NpgsqlBatchCommand>> Write);

/// <summary>
/// Takes rows of the outbox to the broker. Purpose: every sealed message leaves, once its transaction is committed.
/// Must stay true: a row is deleted only in the transaction that saw its confirm; on any doubt it stays and is sent
/// again (the receiver's inbox makes a second copy harmless). Any number of nodes may run it: rows are claimed with
/// <c>for update skip locked</c>, those without a body by the node that has it.
/// </summary>
public sealed class Relay(
    NpgsqlDataSource database, BrokerPublisher broker, OutboxSignal signal, OutboxBodies bodies, DatabaseClock clock, WhenRelayed whenRelayed, Changes changes,
    ILogger<Relay> log)
    : BackgroundService
{
    const int BatchSize = 64;

    /// <summary><see cref="Rounds"/> raises the signal for rows of another node, of a crash, or put off.</summary>
    static readonly TimeSpan Unsignalled = TimeSpan.FromMinutes(1);
    static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(5);
    static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var failures = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var claimed = await RelayOnceAsync(stop);
                if (claimed < BatchSize)
                    await signal.WaitAsync(Unsignalled, stop);
                failures = 0;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception trouble) when (trouble is not OutOfMemoryException)
            {
                // The broker or the database is away. The rows are where they were.
                failures++;
                log.LogWarning("The relay waits: {Problem}", trouble.GetType().Name);
                await Pause.BackOffAsync(failures, LongestBackOff, stop);
            }
        }
    }

    /// <summary>One turn: claim, publish, delete what was confirmed.</summary>
    /// <returns>How many rows were claimed.</returns>
    public async Task<int> RelayOnceAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var rows = await ClaimAsync(connection, cancel);
        if (rows.Count == 0)
            return 0;

        var outcomes = await broker.PublishAsync([.. rows.Select(r => r.Message)], cancel);
        await using var batch = new NpgsqlBatch(connection);
        var now = await clock.NowAsync(cancel);
        batch.BatchCommands.Add(Sql.NoWaitForDisk());
        foreach (var command in Settle(rows, outcomes, now))
            batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(Sql.Commit());
        await batch.ExecuteNonQueryAsync(cancel);
        bodies.Forget(rows.Where((_, i) => outcomes[i] != PublishOutcome.Unknown).Select(r => r.Message.MessageId));
        changes.Raise([.. rows.Select(r => r.Referral).OfType<Guid>().Distinct()]);
        if (outcomes.Contains(PublishOutcome.Unknown))
            throw new BrokerUnreachableException(new TimeoutException());
        return rows.Count;
    }

    sealed record Row(long Id, SealedMessage Message, string Kind, Guid? Referral);

    /// <summary>The rows, locked: those with their body, and those whose body this process has at hand.</summary>
    async Task<List<Row>> ClaimAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in Claim(bodies.Ids))
            batch.BatchCommands.Add(command);
        var rows = new List<Row>();
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var messageId = reader.GetGuid(1);
            // Sent by another node, or too old, since the question was put: it stays.
            if ((reader.Maybe<string>(5) ?? bodies.Find(messageId)) is { } body)
                rows.Add(new Row(reader.GetInt64(0), new SealedMessage(messageId, reader.GetString(2), body), reader.GetString(3), reader.Maybe<Guid?>(4)));
        }
        return rows;
    }

    /// <summary>For the transaction that settles the rows as well.</summary>
    /// <param name="atHand">Messages whose bodies this process holds.</param>
    public static IReadOnlyList<NpgsqlBatchCommand> Claim(Guid[] atHand) =>
    [
        Sql.WalkIndexes(),
        Sql.Command(
            """
            select id, message_id, receiver, kind, referral_id, body from outbox
            where parked_at is null and (body is not null and (not_before is null or not_before <= hotline_now()) or message_id = any($2))
            order by rank, id limit $1 for update skip locked
            """, BatchSize, atHand),
    ];

    IEnumerable<NpgsqlBatchCommand> Settle(List<Row> rows, PublishOutcome[] outcomes, DateTimeOffset now)
    {
        if (rows.Where((_, i) => outcomes[i] == PublishOutcome.Confirmed).ToList() is { Count: > 0 } confirmed)
        {
            yield return Sql.Command("delete from outbox where id = any($1)", confirmed.ConvertAll(r => r.Id).ToArray());
            foreach (var command in whenRelayed.Write(confirmed.ConvertAll(r => new Relayed(r.Message.MessageId, r.Kind, r.Referral)), now))
                yield return command;
        }
        // What has to wait is stored with its body.
        foreach (var (row, i) in rows.Select((r, i) => (r, i)))
        {
            if (outcomes[i] is PublishOutcome.Refused)
            {
                yield return Sql.Command("update outbox set not_before = $2, body = $3 where id = $1", row.Id, now + RefusedFor, row.Message.Body);
                yield return Alarm.Raise("broker.refused", row.Message.To, row.Referral, row.Message.MessageId, now);
            }
            if (outcomes[i] is PublishOutcome.Unroutable)
            {
                yield return Sql.Command("update outbox set parked_at = $2, body = $3 where id = $1", row.Id, now, row.Message.Body);
                yield return Alarm.Raise("broker.unroutable", row.Message.To, row.Referral, row.Message.MessageId, now);
            }
        }
    }
}
