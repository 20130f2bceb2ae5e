namespace Hotline.Hosting.Storage;

/// <summary>
/// Whether to wait a moment for company before work begins that many can share. Whoever is alone never waits; where the
/// last turn had company, the next will have more of it after a moment, and every turn costs a round trip and a commit
/// whatever it carries. Kept by one worker: not to be shared between threads.
/// </summary>
sealed class Gathering(TimeProvider time)
{
    /// <summary>So many in one turn say that others are on their way.</summary>
    internal const int Company = 4;

    static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(10);

    bool busy;

    public ValueTask WaitAsync(CancellationToken cancel = default) => busy ? new ValueTask(Task.Delay(Moment, time, cancel)) : ValueTask.CompletedTask;

    /// <summary>How many came together this time.</summary>
    public void Came(int together) => busy = together >= Company;
}
