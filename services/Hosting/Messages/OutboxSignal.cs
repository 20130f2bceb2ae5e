using System.Threading.Channels;

namespace Hotline.Hosting.Messages;

/// <summary>Wakes the relay after a commit, inside the process: a NOTIFY in the hot transaction would cost half of the commit rate.</summary>
public sealed class OutboxSignal
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
