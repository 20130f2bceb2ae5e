using System.Collections.Concurrent;

namespace Hotline.Hosting.Messages;

/// <summary>
/// Bodies of rows in the outbox that have none: sealed by this process a moment ago, gone with it. The outbox decides what
/// is sent: a body whose row is not there, or not committed, is not sent.
/// </summary>
public sealed class OutboxBodies(TimeProvider time)
{
    /// <summary>Some megabytes. What comes when so many wait is stored whole.</summary>
    const int Most = 256;

    /// <summary>So long the process that wrote a row is the only one that sends it; then it is sealed again from what is kept.</summary>
    public static TimeSpan AtHand { get; } = TimeSpan.FromSeconds(3);

    readonly ConcurrentDictionary<Guid, (string Body, long Since)> bodies = new();
    int count;

    /// <summary>Messages whose bodies are here.</summary>
    public Guid[] Ids => [.. bodies.Keys];

    /// <returns>False where there is no room: the row must bear the body.</returns>
    public bool Keep(Guid messageId, string body)
    {
        if (Volatile.Read(ref count) >= Most)
            Forget([.. bodies.Where(b => time.GetElapsedTime(b.Value.Since) > AtHand).Select(b => b.Key)]);
        if (Volatile.Read(ref count) >= Most)
            return false;
        if (bodies.TryAdd(messageId, (body, time.GetTimestamp())))
            Interlocked.Increment(ref count);
        return true;
    }

    public string? Find(Guid messageId) => bodies.TryGetValue(messageId, out var entry) ? entry.Body : null;

    public void Forget(IEnumerable<Guid> messageIds)
    {
        foreach (var id in messageIds)
            if (bodies.TryRemove(id, out _))
                Interlocked.Decrement(ref count);
    }
}
