using Microsoft.Extensions.Hosting;

namespace Hotline.Hosting;

/// <summary>
/// Gives memory back once a rush is over. The collector keeps what it has taken until there is reason to look again, and
/// in a quiet night there is none: five services on one small machine would hold what the busiest hour needed.
/// </summary>
sealed class SpareMemory(TimeProvider time) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(20);

    /// <summary>Bytes allocated between two looks: more is a rush, less is a quiet time.</summary>
    const long Rush = 48L << 20;
    const long Quiet = 12L << 20;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var (before, rushed) = (0L, false);
        while (!stop.IsCancellationRequested)
        {
            var allocated = GC.GetTotalAllocatedBytes();
            rushed |= allocated - before > Rush;
            if (rushed && allocated - before < Quiet)
            {
                // A pause of some hundredths of a second, when nobody is waiting.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                rushed = false;
            }
            before = allocated;
            await Task.Delay(Every, time, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }
}
