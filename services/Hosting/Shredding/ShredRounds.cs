using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hotline.Hosting.Shredding;

/// <summary>Finishes once a minute what a crash left half destroyed, and once an hour destroys what retention ended.</summary>
public sealed class ShredRounds(Shredder shredder, TimeProvider time, ILogger<ShredRounds> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    const int RoundsPerHour = 60;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, time);
        for (var round = 1; await timer.WaitForNextTickAsync(stop); round++)
        {
            try
            {
                await shredder.FinishAsync(stop);
                if (round % RoundsPerHour == 0)
                    await shredder.ShredDueAsync(stop);
            }
            catch (Exception trouble) when (trouble is not OutOfMemoryException && !stop.IsCancellationRequested)
            {
                log.LogWarning("Shredding waits: {Problem}", trouble.GetType().Name);
            }
        }
    }
}
