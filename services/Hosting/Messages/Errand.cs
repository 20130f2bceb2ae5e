namespace Hotline.Hosting.Messages;

/// <summary>Something that <see cref="Rounds"/> looks for once a second, in the one question it asks.</summary>
/// <param name="Name">For the log.</param>
/// <param name="DueWhen">A condition in SQL that an index answers at once; <c>clock.at</c> is the database's time.</param>
/// <param name="RunAsync">Called when the condition holds. Work that may last only wakes a worker of its own.</param>
public sealed record Errand(string Name, string DueWhen, Func<CancellationToken, Task> RunAsync)
{
    /// <summary>An errand that wakes a worker.</summary>
    public static Errand Waking(string name, string dueWhen, WakeSignal signal) => new(name, dueWhen, _ =>
    {
        signal.Raise();
        return Task.CompletedTask;
    });
}
