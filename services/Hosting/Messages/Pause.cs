namespace Hotline.Hosting.Messages;

/// <summary>Waiting after a failure: longer each time, never twice alike, so that many nodes do not return at once.</summary>
public static class Pause
{
    public static Task BackOffAsync(int failures, TimeSpan longest, CancellationToken cancel)
    {
        var ceiling = Math.Min(longest.TotalMilliseconds, 50 * Math.Pow(2, Math.Min(failures, 20)));
        return Task.Delay(TimeSpan.FromMilliseconds(ceiling / 2 + Random.Shared.NextDouble() * ceiling / 2), cancel)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
