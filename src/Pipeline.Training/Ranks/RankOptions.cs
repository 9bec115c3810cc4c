using System.Globalization;
using System.Net;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Ranks;

/// <summary>One of several processes that compute a run together, one device each.</summary>
/// <param name="Rank">0 … WorldSize − 1; 0 listens, scores, saves and exports.</param>
/// <param name="WorldSize">Processes.</param>
/// <param name="Host">Where process 0 listens: an address or name that the others reach.</param>
/// <param name="Port">Its port.</param>
public sealed record RankOptions(int Rank, int WorldSize, string Host, int Port)
{
    /// <summary>Most processes of one run: all talk to process 0.</summary>
    public const int Most = 64;

    /// <summary>How long processes wait for one another at the start; default ten minutes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Reads <c>host:port</c>.</summary>
    /// <exception cref="TrainingException">The numbers are out of range, or the address is none.</exception>
    public static RankOptions Of(int rank, int worldSize, string rendezvous)
    {
        ArgumentNullException.ThrowIfNull(rendezvous);
        int colon = rendezvous.LastIndexOf(':');
        return worldSize is < 2 or > Most ? throw new TrainingException($"--world-size {worldSize}: must lie between 2 and {Most}")
            : rank < 0 || rank >= worldSize ? throw new TrainingException($"--rank {rank}: must lie between 0 and {worldSize - 1}")
            : colon < 1 || !int.TryParse(rendezvous.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > IPEndPoint.MaxPort
                ? throw new TrainingException($"--rendezvous {rendezvous}: must be host:port, where process 0 listens")
            : new RankOptions(rank, worldSize, rendezvous[..colon], port);
    }
}
