namespace Hotline.Hosting.Storage;

/// <summary>
/// Whether to wait a moment for company before work begins that many can share. Whoever is alone never waits; where the
/// last turn had company, the next will have more of it after a moment, and every turn costs a round trip and a commit
/// whatever it carries. The moment is measured by what a turn takes here and now: on a quick machine others come sooner, and
/// a long one would leave the processors idle (decision record 110). What was gathered once goes on together: workers further
/// along the way do not wait again (decision record 94). Kept by one worker: not to be shared between threads.
/// </summary>
/// <param name="turns">How long, where the last turn had company: so many times what such a turn takes,</param>
/// <param name="longest">but no longer than this.</param>
public sealed class Gathering(double turns, TimeSpan longest, TimeProvider time)
{
    /// <summary>So many in one turn say that others are on their way.</summary>
    public const int Company = 4;

    /// <summary>Turns over which what one takes is averaged.</summary>
    const int Memory = 8;

    /// <summary>What a turn with company takes; null before there was one.</summary>
    TimeSpan? turn;
    bool busy;

    TimeSpan Moment => turn * turns is { } measured && measured < longest ? measured : longest;

    public ValueTask WaitAsync(CancellationToken cancel = default) => busy ? new ValueTask(Task.Delay(Moment, time, cancel)) : ValueTask.CompletedTask;

    /// <summary>Does the work of those who came together this time.</summary>
    /// <param name="together">How many.</param>
    public async Task WorkAsync(int together, Func<Task> work)
    {
        busy = together >= Company;
        var began = time.GetTimestamp();
        await work();
        if (!busy)
            return;
        // One that stood still for long says nothing of the next.
        var took = TimeSpan.FromTicks(Math.Min(time.GetElapsedTime(began).Ticks, longest.Ticks));
        turn = turn is { } before ? before + ((took - before) / Memory) : took;
    }
}
