using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hotline.Hosting.Messages;

/// <summary>An agency's sign of life to the hub, every 15 s: it is never stored, and lives on the broker for a minute.</summary>
public sealed class Heartbeats(Party party, Envelope envelope, BrokerPublisher broker, DatabaseClock clock, TimeProvider time, ILogger<Heartbeats> log)
    : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var now = await clock.NowAsync(stop);
                var jti = Guid.CreateVersion7(time.GetUtcNow());
                var heading = new MessageHeading(party.Name, Parties.Hub, jti, now, Kinds.Heartbeat, party.Class, null, null, null);
                var body = envelope.Seal(envelope.Sign(heading, new Heartbeat(now)), jti, Parties.Hub, now);
                await broker.PublishTransientAsync(new SealedMessage(jti, Parties.Hub, body), stop);
            }
            catch (Exception trouble) when (trouble is not OutOfMemoryException && !stop.IsCancellationRequested)
            {
                log.LogDebug("No heartbeat this time: {Problem}", trouble.GetType().Name);
            }
            await Task.Delay(Every, time, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }
}
