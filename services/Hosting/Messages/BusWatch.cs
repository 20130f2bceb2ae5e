using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hotline.Hosting.Messages;

/// <summary>
/// Sees to it that somebody listens. When a broker died under deliveries, MassTransit 8 has been seen to wait for ever for a
/// channel and to call itself healthy. The broker knows better: where it can be reached and counts no consumer of the inbox
/// for a while, a new bus takes the place of the old one, which cannot even be stopped. Nothing is lost by that: what was
/// delivered meanwhile is still in the queue or with its sender, and should the old one wake, the inbox takes each message once.
/// </summary>
public sealed class BusWatch(HostSettings settings, BrokerPublisher broker, IBusRegistrationContext context, TimeProvider time, ILogger<BusWatch> log)
    : BackgroundService, IHealthCheck
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    static readonly TimeSpan EveryWhileDeaf = TimeSpan.FromSeconds(2);

    /// <summary>MassTransit finds its way back by itself in most cases.</summary>
    static readonly TimeSpan DeafFor = TimeSpan.FromSeconds(20);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    readonly string inbox = $"{settings.Party}.inbox";
    IBusControl? fresh;
    volatile bool listening;

    /// <summary>Away is degraded, never unready: calls must still be taken.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(listening && broker.Connected ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded());

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (fresh is not null)
            await TryAsync(fresh.StopAsync, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        long? deafSince = null;
        while (!stop.IsCancellationRequested)
        {
            var consumers = await ConsumersAsync(stop);
            listening = consumers > 0;
            deafSince = consumers == 0 ? deafSince ?? time.GetTimestamp() : null;
            if (deafSince is { } since && time.GetElapsedTime(since) > DeafFor)
            {
                await ReplaceAsync(stop);
                deafSince = null;
            }
            await Task.Delay(listening ? Every : EveryWhileDeaf, time, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    async Task<uint?> ConsumersAsync(CancellationToken stop)
    {
        try
        {
            return await broker.ConsumersAsync(inbox, stop);
        }
        catch (OperationCanceledException)
        {
            return null; // stopping
        }
    }

    async Task ReplaceAsync(CancellationToken stop)
    {
        log.LogError("Nobody listens to {Queue}: a new bus does", inbox);
        var deaf = fresh;
        await TryAsync(
            limit =>
            {
                fresh = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit => Bus.Listen(rabbit, context, settings));
                return fresh.StartAsync(limit);
            },
            stop);
        if (deaf is not null)
            await TryAsync(deaf.StopAsync, stop);
    }

    /// <summary>A step that may hang, or fail: it is tried again when it is still needed.</summary>
    async Task TryAsync(Func<CancellationToken, Task> step, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            await step(limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception trouble) when (trouble is not OutOfMemoryException)
        {
            log.LogWarning("The bus: {Problem}", trouble.GetType().Name);
        }
    }
}
