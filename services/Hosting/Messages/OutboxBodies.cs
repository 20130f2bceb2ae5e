using System.Collections.Concurrent;

namespace Hotline.Hosting.Messages;

/// <summary>
/// Remembers for a moment what this process has put into the outbox, so that the relay need not read the bodies back. The
/// outbox decides what is sent: a row that is not there is not sent, and a body that is not here is read.
/// </summary>
public sealed class OutboxBodies(TimeProvider time)
{
    const int Most = 256;

    /// <summary>Shorter than any second envelope of a message is on its way: that one has the newer body.</summary>
    static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<Guid, (string Body, long At)> bodies = new();
    readonly ConcurrentQueue<Guid> order = new();
    int count;

    public void Remember(Guid messageId, string body)
    {
        bodies[messageId] = (body, time.GetTimestamp());
        order.Enqueue(messageId);
        if (Interlocked.Increment(ref count) > Most && order.TryDequeue(out var oldest))
        {
            Interlocked.Decrement(ref count);
            bodies.TryRemove(oldest, out _);
        }
    }

    /// <summary>The body, once.</summary>
    public string? Take(Guid messageId) =>
        bodies.TryRemove(messageId, out var entry) && time.GetElapsedTime(entry.At) < Moment ? entry.Body : null;
}
