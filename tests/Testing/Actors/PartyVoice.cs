using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline.Contracts;
using Hotline.Provisioning.Installations;
using Hotline.Sealing;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Hotline.Testing.Actors;

/// <summary>
/// Speaks on the bus as a party: with its broker user, and with its keys where a test wants that. What a thief of a
/// party's machine could send, and what a message that comes twice looks like.
/// </summary>
public sealed class PartyVoice : IAsyncDisposable
{
    readonly Installation installation;
    readonly IConnection connection;
    readonly string party;

    PartyVoice(Installation installation, string party, IConnection connection) =>
        (this.installation, this.party, this.connection) = (installation, party, connection);

    /// <summary>The party's own envelope, with the key directory as it is now.</summary>
    public Envelope Envelope
    {
        get
        {
            var settings = installation.Parties[party].Settings;
            var pin = DirectoryPin.Load(Path.Combine(Path.GetDirectoryName(settings.KeyDirectory)!, DirectoryAuthor.PinFile));
            return new Envelope(party, PartyKeys.Load(settings.KeyFolder), KeyDirectoryFile.Load(settings.KeyDirectory, pin)!);
        }
    }

    public static async Task<PartyVoice> OfAsync(Installation installation, string party)
    {
        var factory = new ConnectionFactory
        {
            Uri = new Uri(installation.Parties[party].Settings.Broker),
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
        };
        return new PartyVoice(installation, party, await factory.CreateConnectionAsync());
    }

    /// <summary>A message about a referral, signed and sealed with this party's keys.</summary>
    public SealedMessage Write<TBody>(string to, string kind, TBody body, Guid? referral, long? seq, DateTimeOffset at, Guid? jti = null)
    {
        var id = jti ?? Guid.CreateVersion7(at);
        var envelope = Envelope;
        var heading = new MessageHeading(party, to, id, at, kind, MessageClass.Exercise, referral, seq is null ? null : 1, seq);
        return new SealedMessage(id, to, envelope.Seal(envelope.Sign(heading, body), id, to, at));
    }

    public Task PublishAsync(SealedMessage message) => PublishBytesAsync(message.To, JsonSerializer.SerializeToUtf8Bytes(message, Wire.Json));

    /// <summary>Any bytes to a party's inbox; returns when the broker has confirmed.</summary>
    public async Task PublishBytesAsync(string to, byte[] bytes)
    {
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        var properties = new BasicProperties { ContentType = "application/json", DeliveryMode = DeliveryModes.Persistent };
        await channel.BasicPublishAsync($"{to}.inbox", string.Empty, mandatory: true, properties, bytes);
    }

    /// <summary>
    /// Takes these messages out of this party's inbox, and whatever else waits before them: receipts and second copies,
    /// which are sent again. Only while the party's services are down.
    /// </summary>
    /// <returns>In the order that was asked for.</returns>
    public async Task<IReadOnlyList<byte[]>> TakeAsync(IReadOnlyCollection<Guid> messages)
    {
        await using var channel = await connection.CreateChannelAsync();
        var taken = new Dictionary<Guid, byte[]>();
        await Eventually.IsTrueAsync($"{messages.Count} messages wait for {party}", async () =>
        {
            while (!messages.All(taken.ContainsKey) && await channel.BasicGetAsync($"{party}.inbox", autoAck: true) is { } got)
                taken[IdOf(got.Body.Span)] = got.Body.ToArray();
            return messages.All(taken.ContainsKey);
        });
        return [.. messages.Select(message => taken[message])];
    }

    public static Guid IdOf(ReadOnlySpan<byte> message) => JsonNode.Parse(message)!["messageId"]!.GetValue<Guid>();

    /// <summary>Tries something on the broker as this party.</summary>
    /// <returns>The AMQP reply code that it was refused with; null where it was allowed.</returns>
    public async Task<int?> TryAsync(Func<IChannel, Task> attempt)
    {
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        try
        {
            await attempt(channel);
            return null;
        }
        catch (OperationInterruptedException refused)
        {
            return refused.ShutdownReason?.ReplyCode;
        }
        catch (PublishException) when (channel.CloseReason is { } reason)
        {
            return reason.ReplyCode;
        }
        finally
        {
            await channel.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await connection.DisposeAsync();

    public static SealedMessage Read(byte[] bytes) => JsonSerializer.Deserialize<SealedMessage>(Encoding.UTF8.GetString(bytes), Wire.Json)!;
}
