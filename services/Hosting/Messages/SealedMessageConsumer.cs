using Hotline.Contracts;
using MassTransit;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>The one consumer of the bus. A message is acknowledged when it has taken effect or is parked, never before.</summary>
public sealed class SealedMessageConsumer(Receiver receiver, ILogger<SealedMessageConsumer> log) : IConsumer<SealedMessage>
{
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    public async Task Consume(ConsumeContext<SealedMessage> context)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                await receiver.ReceiveAsync(context.Message, context.CancellationToken);
                return;
            }
            catch (Exception away) when (IsDatabaseAway(away) && !context.CancellationToken.IsCancellationRequested)
            {
                // The database is away. The broker keeps the message for us; giving it back would only spin.
                log.LogWarning("A message waits for the database: {Problem}", away.GetType().Name);
                await Pause.BackOffAsync(failures, LongestWait, context.CancellationToken);
                context.CancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    static bool IsDatabaseAway(Exception failure) => failure switch
    {
        // 57P0x: shutting down or starting; 53xxx: out of resources; 40xxx: deadlock or serialization, tried again whole.
        PostgresException postgres => postgres.SqlState.StartsWith("57P", StringComparison.Ordinal)
            || postgres.SqlState.StartsWith("53", StringComparison.Ordinal) || postgres.SqlState.StartsWith("40", StringComparison.Ordinal),
        NpgsqlException or TimeoutException => true,
        _ => failure.InnerException is { } inner && IsDatabaseAway(inner),
    };
}
