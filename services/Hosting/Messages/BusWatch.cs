using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hotline.Hosting.Messages;

/// <summary>
/// Sees to it that somebody listens. When a broker dies under deliveries, MassTransit 8 has been seen to wait for ever for a
/// channel and to call itself healthy. The broker knows better: where it can be reached and counts no consumer of the inbox
/// twice in a row, a new bus takes the place of the old one, which cannot even be stopped. Nothing is lost by that: what was
/// delivered meanwhile is still in the queue or with its sender, and should the old one wake, the inbox takes each message once.
/// </summary>
public sealed class BusWatch(HostSettings settings, BrokerPublisher broker, IBusRegistrationContext context, TimeProvider time, ILogger<BusWatch> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    IBusControl? fresh;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            for (var deaf = 0; await timer.WaitForNextTickAsync(stop);)
            {
                deaf = await broker.ConsumersAsync($"{settings.Party}.inbox", stop) == 0 ? deaf + 1 : 0;
                if (deaf < 2)
                    continue;
                deaf = 0;
                await RestartAsync(stop);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task RestartAsync(CancellationToken stop)
    {
        log.LogError("Nobody listens to {Queue}: a new bus does", $"{settings.Party}.inbox");
        var deaf = fresh;
        fresh = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit => Bus.Listen(rabbit, context, settings));
        await TryAsync(fresh.StartAsync, stop);
        if (deaf is not null)
            await TryAsync(deaf.StopAsync, stop);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (fresh is not null)
            await TryAsync(fresh.StopAsync, cancellationToken);
    }

    async Task TryAsync(Func<CancellationToken, Task> step, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            // WaitAsync as well as the token: the step may be what hangs.
            await step(limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception trouble) when (trouble is not OutOfMemoryException && !stop.IsCancellationRequested)
        {
            log.LogWarning("The bus: {Problem}", trouble.GetType().Name);
        }
    }
}
