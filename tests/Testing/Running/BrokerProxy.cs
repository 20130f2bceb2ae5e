using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hotline.Provisioning.Installations;

namespace Hotline.Testing.Running;

/// <summary>What a connection of a host to the broker is for.</summary>
public enum Lane
{
    /// <summary>The relay's: messages go out, confirms come back.</summary>
    Publishing,

    /// <summary>The bus's: deliveries come in, acknowledgements go back.</summary>
    Receiving,
}

public enum Flow
{
    ToBroker,
    FromBroker,
}

/// <summary>
/// Stands between the hosts and the broker and holds back, at the moment a test chooses, what travels one way on one
/// connection: a publish, a confirm, a delivery, an acknowledgement. It tells connections apart by what AMQP says in
/// clear when they open: the user's name, and the name that the relay gives itself.
/// </summary>
public sealed class BrokerProxy : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly ConcurrentDictionary<Link, bool> links = new();
    readonly HashSet<(string Party, Lane Lane, Flow Flow)> held = [];
    readonly HashSet<(string Party, Lane Lane)> refused = [];
    readonly CancellationTokenSource stop = new();
    readonly int broker;
    TaskCompletionSource changed = new();

    public BrokerProxy(int brokerPort)
    {
        broker = brokerPort;
        listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>A plan whose hosts reach the broker through here.</summary>
    public InstallationPlan Through(InstallationPlan plan) =>
        plan with { Servers = plan.Servers with { Broker = plan.Servers.Broker with { Port = Port } } };

    /// <summary>From now on nothing passes that way, but the connection stays.</summary>
    public void Hold(string party, Lane lane, Flow flow) => Change(() => held.Add((party, lane, flow)));

    /// <summary>Everything held goes on its way, in order.</summary>
    public void Release() => Change(held.Clear);

    /// <summary>Ends the party's connections of that lane, with what is held on them, and lets no new one in.</summary>
    public void Cut(string party, Lane lane)
    {
        Change(() => refused.Add((party, lane)));
        foreach (var link in links.Keys.Where(l => l.Party == party && l.Lane == lane))
            link.End();
    }

    /// <summary>Ends every connection of the party, with what is held on them; it may connect again.</summary>
    public void CutOnce(string party)
    {
        foreach (var link in links.Keys.Where(l => l.Party == party))
            link.End();
    }

    /// <summary>Nothing is cut any more; parties connect again when they try next.</summary>
    public void Mend() => Change(refused.Clear);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        foreach (var link in links.Keys)
            link.End();
        stop.Dispose();
    }

    void Change(Action change)
    {
        TaskCompletionSource before;
        lock (held)
        {
            change();
            (before, changed) = (changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        before.TrySetResult();
    }

    async Task AcceptAsync()
    {
        try
        {
            while (!stop.IsCancellationRequested)
                _ = ServeAsync(new Link(await listener.AcceptTcpClientAsync(stop.Token)));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy is closed.
        }
    }

    async Task ServeAsync(Link link)
    {
        links[link] = true;
        try
        {
            await link.Broker.ConnectAsync(IPAddress.Loopback, broker, stop.Token);
            await Task.WhenAny(
                PumpAsync(link, Flow.ToBroker, link.Host.GetStream(), link.Broker.GetStream()),
                PumpAsync(link, Flow.FromBroker, link.Broker.GetStream(), link.Host.GetStream()));
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // The broker is away, or the proxy is closed.
        }
        finally
        {
            link.End();
            links.TryRemove(link, out _);
        }
    }

    async Task PumpAsync(Link link, Flow flow, NetworkStream from, NetworkStream to)
    {
        var bytes = new byte[64 * 1024];
        try
        {
            while (await from.ReadAsync(bytes, link.Ended) is > 0 and var count)
            {
                if (flow == Flow.ToBroker)
                    link.Look(bytes.AsSpan(0, count));
                await PassAsync(link, flow);
                await to.WriteAsync(bytes.AsMemory(0, count), link.Ended);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // One end has gone; the other follows.
        }
    }

    async Task PassAsync(Link link, Flow flow)
    {
        while (true)
        {
            Task next;
            lock (held)
            {
                if (link.Party is { } known && refused.Contains((known, link.Lane)))
                    throw new IOException("Cut.");
                if (link.Party is not { } party || !held.Contains((party, link.Lane, flow)))
                    return;
                next = changed.Task;
            }
            await next.WaitAsync(link.Ended);
        }
    }

    /// <summary>One host's connection and ours behind it.</summary>
    sealed class Link(TcpClient host)
    {
        const int OpeningBytes = 8192;

        readonly CancellationTokenSource end = new();
        readonly StringBuilder opening = new();

        public TcpClient Host => host;

        public TcpClient Broker { get; } = new();

        public CancellationToken Ended => end.Token;

        /// <summary>Null until the connection has said whose it is.</summary>
        public string? Party { get; private set; }

        public Lane Lane { get; private set; } = Lane.Receiving;

        public void Look(ReadOnlySpan<byte> bytes)
        {
            if (Party is not null || opening.Length > OpeningBytes)
                return;
            opening.Append(Encoding.Latin1.GetString(bytes));
            // SASL PLAIN: NUL user NUL password; the user is the installation's prefix, a hyphen, the party.
            var text = opening.ToString();
            var plain = text.IndexOf("PLAIN", StringComparison.Ordinal);
            var user = plain < 0 ? -1 : text.IndexOf('\0', plain + 8);
            var finish = user < 0 ? -1 : text.IndexOf('\0', user + 1);
            if (finish < 0)
                return;
            var name = text[(user + 1)..finish];
            Lane = text.Contains(" relay", StringComparison.Ordinal) ? Lane.Publishing : Lane.Receiving;
            Party = name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..];
        }

        public void End()
        {
            end.Cancel();
            host.Dispose();
            Broker.Dispose();
        }
    }
}
