using System.Diagnostics;
using NUnit.Framework;

namespace Hotline.Testing;

/// <summary>Polls until something holds, and says what it waited for when it never does. Tests never sleep.</summary>
public static class Eventually
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(25);
    static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    public static async Task IsTrueAsync(string what, Func<Task<bool>> holds, TimeSpan? patience = null) =>
        await GetAsync(what, async () => await holds(), held => held, patience);

    /// <summary>The first value that is wanted.</summary>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T>> read, Func<T, bool> wanted, TimeSpan? patience = null)
    {
        var waited = Stopwatch.StartNew();
        // Whoever asks often takes the processor from what is waited for.
        for (var pause = FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 3 / 2, LongestPause.Ticks)))
        {
            var value = await read();
            if (wanted(value))
                return value;
            if (waited.Elapsed > (patience ?? Patience))
                throw new AssertionException($"Not after {waited.Elapsed.TotalSeconds:F0} s: {what}. Last seen: {value}");
            await Task.Delay(pause);
        }
    }
}
