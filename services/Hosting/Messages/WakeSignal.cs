using System.Threading.Channels;

namespace Hotline.Hosting.Messages;

/// <summary>Wakes a worker of this process after a commit. Signals that come while it works are one.</summary>
public abstract class WakeSignal
{
    readonly Channel<bool> signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>To be called after the commit, never before.</summary>
    public void Raise() => signal.Writer.TryWrite(true);

    /// <summary>Waits for the next signal, at most this long.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(atMost);
        try
        {
            await signal.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Nothing was signalled in time: the net under the signal.
        }
    }
}
