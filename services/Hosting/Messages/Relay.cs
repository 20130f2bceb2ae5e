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
/// <c>for update skip locked</c>.
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
        foreach (var command in Settle(rows, outcomes, now))
            batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(Sql.Commit());
        await batch.ExecuteNonQueryAsync(cancel);
        changes.Raise([.. rows.Select(r => r.Referral).OfType<Guid>().Distinct()]);
        if (outcomes.Contains(PublishOutcome.Unknown))
            throw new BrokerUnreachableException(new TimeoutException());
        return rows.Count;
    }

    sealed record Row(long Id, SealedMessage Message, string Kind, Guid? Referral);

    /// <summary>The rows, locked. A body that this process wrote a moment ago is not read back.</summary>
    async Task<List<Row>> ClaimAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select id, message_id, receiver, kind, referral_id from outbox
            where parked_at is null and (not_before is null or not_before <= hotline_now())
            order by rank, id limit $1 for update skip locked
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = BatchSize });
        var rows = new List<Row>();
        await using (var reader = await command.ExecuteReaderAsync(cancel))
            while (await reader.ReadAsync(cancel))
            {
                var messageId = reader.GetGuid(1);
                rows.Add(new Row(
                    reader.GetInt64(0), new SealedMessage(messageId, reader.GetString(2), bodies.Take(messageId)!), reader.GetString(3), reader.Maybe<Guid?>(4)));
            }
        var absent = rows.Where(r => r.Message.Body is null).Select(r => r.Id).ToArray();
        return absent.Length == 0 ? rows : await ReadBodiesAsync(connection, rows, absent, cancel);
    }

    static async Task<List<Row>> ReadBodiesAsync(NpgsqlConnection connection, List<Row> rows, long[] absent, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select id, body from outbox where id = any($1)", connection);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = absent });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var read = new Dictionary<long, string>();
        while (await reader.ReadAsync(cancel))
            read[reader.GetInt64(0)] = reader.GetString(1);
        return [.. rows.Select(r => read.TryGetValue(r.Id, out var body) ? r with { Message = r.Message with { Body = body } } : r)];
    }

    IEnumerable<NpgsqlBatchCommand> Settle(List<Row> rows, PublishOutcome[] outcomes, DateTimeOffset now)
    {
        long[] Ids(PublishOutcome outcome) => [.. rows.Where((_, i) => outcomes[i] == outcome).Select(r => r.Id)];

        if (Ids(PublishOutcome.Confirmed) is { Length: > 0 } confirmed)
        {
            yield return Sql.Command("delete from outbox where id = any($1)", confirmed);
            var relayed = rows.Where((_, i) => outcomes[i] == PublishOutcome.Confirmed)
                .Select(r => new Relayed(r.Message.MessageId, r.Kind, r.Referral)).ToList();
            foreach (var command in whenRelayed.Write(relayed, now))
                yield return command;
        }
        if (Ids(PublishOutcome.Refused) is { Length: > 0 } refused)
            yield return Sql.Command("update outbox set not_before = $2 where id = any($1)", refused, now + RefusedFor);
        if (Ids(PublishOutcome.Unroutable) is { Length: > 0 } unroutable)
            yield return Sql.Command("update outbox set parked_at = $2 where id = any($1)", unroutable, now);

        foreach (var (row, i) in rows.Select((r, i) => (r, i)))
        {
            if (outcomes[i] is PublishOutcome.Refused)
                yield return Alarm.Raise("broker.refused", row.Message.To, row.Referral, row.Message.MessageId, now);
            if (outcomes[i] is PublishOutcome.Unroutable)
                yield return Alarm.Raise("broker.unroutable", row.Message.To, row.Referral, row.Message.MessageId, now);
        }
    }
}
