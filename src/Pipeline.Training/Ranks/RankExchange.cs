using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Ranks;

/// <summary>
/// Sums contributions over the processes of a run, by TCP and through process 0, which adds them in the order of ranks and sends every process the same sum. For a few processes on a trusted network: nothing is
/// encrypted, and only who knows the digest of the run is let in.
/// </summary>
internal sealed class RankExchange : IDisposable
{
    private const int IdentityBytes = 32, HelloBytes = 8 + 4 + 4 + IdentityBytes;
    private const byte Welcome = 1, OtherRun = 2;

    private static readonly byte[] s_magic = "MPRANKS1"u8.ToArray();
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(100), s_hello = TimeSpan.FromSeconds(10);

    private readonly RankOptions _options;
    private readonly TcpClient?[] _peers;       // of process 0 by rank, of the others process 0 at place 0

    private RankExchange(RankOptions options)
    {
        _options = options;
        _peers = new TcpClient?[options.Rank == 0 ? options.WorldSize : 1];
    }

    /// <summary>Number of this process.</summary>
    public int Rank => _options.Rank;

    /// <summary>Waits until all processes of the run are there.</summary>
    /// <param name="options">Which processes.</param>
    /// <param name="identity">Digest of what all must agree on; 32 bytes.</param>
    /// <param name="drain">Asks for an early end.</param>
    /// <exception cref="TrainingException">They do not come, or are of another run.</exception>
    public static RankExchange Open(RankOptions options, byte[] identity, CancellationToken drain)
    {
        RankExchange exchange = new(options);
        try
        {
            if (options.Rank == 0)
            {
                exchange.Listen(identity, drain);
            }
            else
            {
                exchange.Connect(identity, drain);
            }

            return exchange;
        }
        catch (Exception error)
        {
            exchange.Dispose();
            throw error is SocketException or IOException ? new TrainingException($"{options.Host}:{options.Port}: {error.Message}: give all processes the same --rendezvous", error) : error;
        }
    }

    /// <summary>Replaces a contribution by the sum over all processes.</summary>
    /// <param name="own">Of this process.</param>
    /// <param name="room">Of the same lengths, for what others send.</param>
    /// <exception cref="TrainingException">A process is gone, or computes something else.</exception>
    public void Sum(Contribution own, Contribution room)
    {
        int rank = 0;
        try
        {
            if (Rank != 0)
            {
                own.Write(_peers[0]!.GetStream());
                own.Read(_peers[0]!.GetStream());
                return;
            }

            for (rank = 1; rank < _peers.Length; rank++)
            {
                room.Read(_peers[rank]!.GetStream());
                own.Add(room);
            }

            for (rank = 1; rank < _peers.Length; rank++)
            {
                own.Write(_peers[rank]!.GetStream());
            }
        }
        catch (Exception error) when (error is IOException or SocketException or InvalidDataException or ObjectDisposedException)
        {
            throw new TrainingException($"process {rank} of {_options.WorldSize} is gone or computes something else ({error.Message}): start all of them again with --resume", error);
        }
    }

    public void Dispose()
    {
        foreach (TcpClient? peer in _peers)
        {
            peer?.Dispose();
        }
    }

    private void Listen(byte[] identity, CancellationToken drain)
    {
        IPAddress address = IPAddress.TryParse(_options.Host, out IPAddress? given) ? given : Dns.GetHostAddresses(_options.Host)[0];
        using TcpListener listener = new(address, _options.Port);
        listener.Start();
        long start = Stopwatch.GetTimestamp();
        while (_peers.Skip(1).Any(p => p is null))
        {
            Wait(start, $"{_peers.Skip(1).Count(p => p is null)} of {_options.WorldSize - 1} other processes have not come to {_options.Host}:{_options.Port}", drain);
            if (listener.Server.Poll(s_again, SelectMode.SelectRead))
            {
                Admit(listener.AcceptTcpClient(), identity);
            }
        }
    }

    /// <summary>Takes a process of the run in; anything else that connects is turned away.</summary>
    private void Admit(TcpClient client, byte[] identity)
    {
        try
        {
            byte[] hello = new byte[HelloBytes];
            client.ReceiveTimeout = client.SendTimeout = (int)s_hello.TotalMilliseconds;
            NetworkStream stream = client.GetStream();
            stream.ReadExactly(hello);
            int rank = BitConverter.ToInt32(hello, 8), world = BitConverter.ToInt32(hello, 12);
            if (!hello.AsSpan(0, 8).SequenceEqual(s_magic) || rank < 1 || rank >= _peers.Length || _peers[rank] is not null)
            {
                client.Dispose();
                return;
            }

            bool isSame = world == _options.WorldSize && hello.AsSpan(16).SequenceEqual(identity);
            stream.WriteByte(isSame ? Welcome : OtherRun);
            if (!isSame)
            {
                client.Dispose();
                throw new TrainingException($"process {rank} is of another run: give all processes the same configuration, data, base models and folder");
            }

            Settle(client);
            _peers[rank] = client;
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            client.Dispose();
        }
    }

    private void Connect(byte[] identity, CancellationToken drain)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            Wait(start, $"process 0 does not listen at {_options.Host}:{_options.Port}", drain);
            TcpClient client = new();
            try
            {
                client.Connect(_options.Host, _options.Port);
                client.ReceiveTimeout = client.SendTimeout = (int)_options.Patience.TotalMilliseconds;
                NetworkStream stream = client.GetStream();
                stream.Write([.. s_magic, .. BitConverter.GetBytes(Rank), .. BitConverter.GetBytes(_options.WorldSize), .. identity]);
                int answer = stream.ReadByte();
                if (answer == Welcome)
                {
                    Settle(client);
                    _peers[0] = client;
                    return;
                }

                client.Dispose();
                throw new TrainingException(answer == OtherRun ? $"process 0 is of another run: give all processes the same configuration, data, base models and folder"
                    : $"process 0 turned this one away: is there another process with --rank {Rank}?");
            }
            catch (Exception error) when (error is SocketException or IOException)
            {
                client.Dispose();
                Thread.Sleep(s_again);
            }
        }
    }

    /// <summary>No limit on waiting for a step, as scoring may take long; a machine that vanishes is noticed by keep-alive.</summary>
    private static void Settle(TcpClient client)
    {
        (client.NoDelay, client.ReceiveTimeout, client.SendTimeout) = (true, 0, 0);
        client.Client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
    }

    private void Wait(long start, string problem, CancellationToken drain)
    {
        if (drain.IsCancellationRequested || Stopwatch.GetElapsedTime(start) > _options.Patience)
        {
            throw new TrainingException(drain.IsCancellationRequested ? $"stopped while {problem}" : $"{problem} within {_options.Patience}");
        }
    }
}
