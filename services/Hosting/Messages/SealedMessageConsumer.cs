using Hotline.Contracts;
using Hotline.Hosting.Storage;
using MassTransit;
using Microsoft.Extensions.Logging;

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
            catch (Exception away) when (DatabaseAway.Is(away) && !context.CancellationToken.IsCancellationRequested)
            {
                // The database is away. The broker keeps the message for us; giving it back would only spin.
                log.LogWarning("A message waits for the database: {Problem}", away.GetType().Name);
                await Pause.BackOffAsync(failures, LongestWait, context.CancellationToken);
                context.CancellationToken.ThrowIfCancellationRequested();
            }
        }
    }
}
