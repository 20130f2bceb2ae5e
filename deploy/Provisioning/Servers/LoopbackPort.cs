using System.Net;
using System.Net.Sockets;

namespace Hotline.Provisioning.Servers;

/// <summary>Ports on 127.0.0.1.</summary>
public static class LoopbackPort
{
    // Below the range from which systems hand out ports for outgoing connections: one of those could take a
    // remembered port between two starts.
    const int First = 20_000;
    const int Last = 32_000;

    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        // As servers do: a connection in TIME_WAIT does not make a port busy.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public static async Task<bool> AnswersAsync(int port, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>A free port, chosen at random so that two starts at the same instant hardly ever choose the same.</summary>
    public static int Find()
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var port = Random.Shared.Next(First, Last);
            if (IsFree(port)) return port;
        }
        throw new ProvisioningException($"No free port between {First} and {Last} on 127.0.0.1.");
    }

    /// <summary>The remembered port when it is free, else another one.</summary>
    public static int Prefer(int? remembered) => remembered is { } port && IsFree(port) ? port : Find();
}
