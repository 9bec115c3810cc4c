using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Pipeline.TestServers.Processes;

/// <summary>Free ports on the loopback address, outside the range from which the system takes ports of outgoing connections: a server that is down for a while gets its port again.</summary>
public static class FreePorts
{
    private const int First = 20_000;
    private const int Last = 31_999;
    private static readonly HashSet<int> Given = [];
    private static readonly Lock Gate = new();

    /// <summary>A port that nobody listens on and that this process has not given out before.</summary>
    public static int Next()
    {
        lock (Gate)
        {
            for (int tries = 0; tries < 1000; tries++)
            {
                int port = RandomNumberGenerator.GetInt32(First, Last + 1);
                if (!Given.Contains(port) && IsFree(port))
                {
                    Given.Add(port);
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"no free port in {First}..{Last}");
    }

    /// <summary>Whether somebody accepts connections on a port.</summary>
    public static async Task<bool> IsOpenAsync(int port, CancellationToken cancellation)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
