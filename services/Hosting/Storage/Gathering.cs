namespace Hotline.Hosting.Storage;

/// <summary>
/// Whether to wait a moment for company before work begins that many can share. Whoever is alone never waits; where the
/// last turn had company, the next will have more of it after a moment, and every turn costs a round trip and a commit
/// whatever it carries. What was gathered once goes on together: workers further along the way do not wait again
/// (decision record 94). Kept by one worker: not to be shared between threads.
/// </summary>
/// <param name="moment">How long, where the last turn had company.</param>
public sealed class Gathering(TimeSpan moment, TimeProvider time)
{
    /// <summary>So many in one turn say that others are on their way.</summary>
    public const int Company = 4;

    bool busy;

    public ValueTask WaitAsync(CancellationToken cancel = default) => busy ? new ValueTask(Task.Delay(moment, time, cancel)) : ValueTask.CompletedTask;

    /// <summary>How many came together this time.</summary>
    public void Came(int together) => busy = together >= Company;
}
