using System.Diagnostics;

namespace Hotline.Benchmarks.Figures;

/// <summary>Sends items with so many in flight, and measures from the start of each to the end of its way.</summary>
public static class Flight
{
    /// <param name="one">Takes one item the whole way.</param>
    /// <returns>Milliseconds of each, and items per second.</returns>
    public static async Task<(double[] Milliseconds, double PerSecond)> FlyAsync(int count, int inFlight, Func<int, Task> one)
    {
        var times = new double[count];
        var next = -1;
        var started = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(async () =>
        {
            int item;
            while ((item = Interlocked.Increment(ref next)) < count)
            {
                var clock = Stopwatch.GetTimestamp();
                await one(item);
                times[item] = Stopwatch.GetElapsedTime(clock).TotalMilliseconds;
            }
        })));
        return (times, count / started.Elapsed.TotalSeconds);
    }
}
