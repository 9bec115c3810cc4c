using System.CommandLine;
using Pipeline.Training.Ranks;

namespace Pipeline.Cli.Commands;

/// <summary>The options by which several processes compute one run together.</summary>
internal sealed class RankArguments
{
    private readonly Option<int?> _rank = new("--rank") { Description = "Number of this process, 0 to world size - 1; 0 scores, saves and exports." };
    private readonly Option<int?> _worldSize = new("--world-size") { Description = "Processes that compute the run together, a part of every batch each." };
    private readonly Option<string?> _rendezvous = new("--rendezvous") { Description = "host:port where process 0 listens, on a trusted network." };

    public void AddTo(Command command)
    {
        command.Add(_rank);
        command.Add(_worldSize);
        command.Add(_rendezvous);
    }

    /// <summary>What was given; null when nothing was.</summary>
    /// <exception cref="CommandFailure">Only some of the three were.</exception>
    public RankOptions? Of(ParseResult parsed) => (parsed.GetValue(_rank), parsed.GetValue(_worldSize), parsed.GetValue(_rendezvous)) switch
    {
        (null, null, null) => null,
        (int rank, int size, string place) => RankOptions.Of(rank, size, place),
        _ => throw CommandFailure.Usage("--rank, --world-size and --rendezvous belong together: give all three"),
    };
}
