using System.Text.Json;
using Hotline.Contracts;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Hotline.Hosting.Messages;

/// <summary>What the broker said to one message.</summary>
public enum PublishOutcome
{
    Confirmed,

    /// <summary>Refused, for example because the queue is full: to be tried again.</summary>
    Refused,

    /// <summary>Came back: nobody has a queue of that name.</summary>
    Unroutable,

    /// <summary>No word from the broker. The message may have arrived or not.</summary>
    Unknown,
}

/// <summary>
/// Publishes sealed messages with confirms and <c>mandatory</c>. Purpose: to know, for each message, what the broker
/// did with it. Must stay true: no wait without a limit (RabbitMQ.Client 7.2 can wait for ever after a broker restart),
/// no automatic recovery; on any doubt the connection is dropped and the outcome is <see cref="PublishOutcome.Unknown"/>.
/// </summary>
public sealed class BrokerPublisher(HostSettings settings, ILogger<BrokerPublisher> log) : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    static readonly CreateChannelOptions Options = new(
        publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null);

    static readonly BasicProperties Persistent = new() { ContentType = "application/json", DeliveryMode = DeliveryModes.Persistent };
    static readonly BasicProperties Transient = new() { ContentType = "application/json", DeliveryMode = DeliveryModes.Transient, Expiration = "60000" };

    readonly SemaphoreSlim opening = new(1);
    IConnection? connection;
    IChannel? channel;

    /// <summary>Whether the last attempt to reach the broker succeeded.</summary>
    public bool Connected => channel is { IsOpen: true };

    /// <summary>Publishes all at once and waits for the broker's word on each.</summary>
    /// <exception cref="BrokerUnreachableException">There is no connection to be had now.</exception>
    public async Task<PublishOutcome[]> PublishAsync(IReadOnlyList<SealedMessage> messages, CancellationToken cancel)
    {
        var outcomes = await PublishTogetherAsync(messages, cancel);
        if (!outcomes.Contains(PublishOutcome.Unroutable) || messages.DistinctBy(m => m.To).Count() == 1)
            return outcomes;
        // An exchange that is not there closes the channel under the messages of all: whose it is, shows when each
        // receiver's go alone. Otherwise one agency that is nowhere would hold up every other.
        foreach (var alone in messages.Select((m, i) => (m.To, At: i)).Where(m => outcomes[m.At] == PublishOutcome.Unroutable).GroupBy(m => m.To, m => m.At))
        {
            var again = await PublishTogetherAsync([.. alone.Select(i => messages[i])], cancel);
            foreach (var (at, outcome) in alone.Zip(again))
                outcomes[at] = outcome;
        }
        return outcomes;
    }

    async Task<PublishOutcome[]> PublishTogetherAsync(IReadOnlyList<SealedMessage> messages, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        var open = await OpenAsync(limit.Token);
        var outcomes = await Task.WhenAll(messages.Select(m => PublishOneAsync(open, m, Persistent, limit.Token)));
        if (outcomes.Contains(PublishOutcome.Unknown))
            await DropAsync();
        return outcomes;
    }

    /// <summary>Publishes one message that nobody misses when it is lost: it lives for a minute.</summary>
    public async Task<PublishOutcome> PublishTransientAsync(SealedMessage message, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        return await PublishOneAsync(await OpenAsync(limit.Token), message, Transient, limit.Token);
    }

    /// <summary>Whether there is a connection, or one can be had now.</summary>
    public async Task<bool> ReachableAsync(CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            await OpenAsync(limit.Token);
            return true;
        }
        catch (Exception away) when (away is not OutOfMemoryException && !cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>How many consumers the broker counts on a queue; null where it cannot be asked now, or has no such queue.</summary>
    public async Task<uint?> ConsumersAsync(string queue, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            await OpenAsync(limit.Token);
            if (connection is not { IsOpen: true } open)
                return null;
            // A channel of its own: a queue that is not there closes the channel that asks.
            await using var asking = await open.CreateChannelAsync(cancellationToken: limit.Token).WaitAsync(limit.Token);
            return (await asking.QueueDeclarePassiveAsync(queue, limit.Token).WaitAsync(limit.Token)).ConsumerCount;
        }
        catch (Exception away) when (away is not OutOfMemoryException && !cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync() => await DropAsync();

    async Task<PublishOutcome> PublishOneAsync(IChannel open, SealedMessage message, BasicProperties properties, CancellationToken cancel)
    {
        try
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(message, Wire.Json);
            // WaitAsync as well as the token: the client has been seen not to heed the token.
            await open.BasicPublishAsync($"{message.To}.inbox", string.Empty, mandatory: true, properties, bytes, cancel).AsTask().WaitAsync(cancel);
            return PublishOutcome.Confirmed;
        }
        catch (PublishException refused)
        {
            return refused.IsReturn ? PublishOutcome.Unroutable : PublishOutcome.Refused;
        }
        catch (AlreadyClosedException closed) when (closed.ShutdownReason?.ReplyCode == 404)
        {
            return PublishOutcome.Unroutable;
        }
        catch (Exception doubt) when (doubt is not OutOfMemoryException)
        {
            log.LogWarning("No word from the broker on message {MessageId}: {Problem}", message.MessageId, doubt.GetType().Name);
            return PublishOutcome.Unknown;
        }
    }

    async Task<IChannel> OpenAsync(CancellationToken cancel)
    {
        if (channel is { IsOpen: true } open)
            return open;
        await opening.WaitAsync(cancel);
        try
        {
            if (channel is { IsOpen: true } opened)
                return opened;
            await DropAsync();
            return await ConnectAsync(cancel);
        }
        finally
        {
            opening.Release();
        }
    }

    async Task<IChannel> ConnectAsync(CancellationToken cancel)
    {
        var factory = new ConnectionFactory
        {
            Uri = new Uri(settings.Broker),
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedConnectionTimeout = Patience,
            ContinuationTimeout = Patience,
            RequestedHeartbeat = TimeSpan.FromSeconds(10),
            ClientProvidedName = $"{settings.Party} relay",
        };
        connection = await factory.CreateConnectionAsync(cancel).WaitAsync(cancel);
        channel = await connection.CreateChannelAsync(Options, cancel).WaitAsync(cancel);
        return channel;
    }

    async Task DropAsync()
    {
        var (oldChannel, oldConnection) = (channel, connection);
        (channel, connection) = (null, null);
        try
        {
            // A graceful close can hang on a dead broker: abort, and wait no longer than a moment.
            if (oldConnection is not null)
                await oldConnection.AbortAsync(Constants.ReplySuccess, "dropped", TimeSpan.FromSeconds(1)).WaitAsync(TimeSpan.FromSeconds(2));
            if (oldChannel is not null)
                await oldChannel.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(2));
        }
        catch (Exception ending) when (ending is not OutOfMemoryException)
        {
            log.LogDebug("Closing the relay's connection: {Problem}", ending.GetType().Name);
        }
    }
}
