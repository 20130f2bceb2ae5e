using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Hotline.Hosting.Live;

/// <summary>
/// Tells open consoles which referrals have changed: ids only, after the commit, never in its way. A subscriber that
/// does not keep up loses nothing that counts: it is told that something changed and reads again.
/// </summary>
public sealed class Changes
{
    readonly ConcurrentDictionary<Channel<Guid>, bool> subscribers = new();

    /// <summary>For <see cref="ChangesElsewhere"/>: what happened here and is to be told to other nodes.</summary>
    internal Channel<Guid> ForOtherNodes { get; } = Bounded();

    /// <summary>To be called after the commit.</summary>
    public void Raise(params ReadOnlySpan<Guid> referrals)
    {
        foreach (var referral in referrals)
            ForOtherNodes.Writer.TryWrite(referral);
        Tell(referrals);
    }

    internal void Tell(ReadOnlySpan<Guid> referrals)
    {
        foreach (var referral in referrals)
            foreach (var (subscriber, _) in subscribers)
                subscriber.Writer.TryWrite(referral);
    }

    /// <summary>How many consoles listen.</summary>
    public int Listening => subscribers.Count;

    public Subscription Subscribe()
    {
        var channel = Bounded();
        subscribers[channel] = true;
        return new Subscription(channel.Reader, () => subscribers.TryRemove(channel, out _));
    }

    /// <summary>What changed since, until it is disposed of.</summary>
    public sealed class Subscription(ChannelReader<Guid> changed, Action end) : IDisposable
    {
        public ChannelReader<Guid> Changed => changed;

        public void Dispose() => end();
    }

    static Channel<Guid> Bounded() => Channel.CreateBounded<Guid>(new BoundedChannelOptions(256) { FullMode = BoundedChannelFullMode.DropOldest });
}
