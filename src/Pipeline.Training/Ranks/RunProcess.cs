using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.Training.Checkpoints;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Ranks;

/// <summary>The part that one process has in a run.</summary>
/// <param name="ranks">Which of several it is; the only one when null.</param>
/// <param name="folder">The run's, which all processes read and process 0 writes.</param>
internal sealed class RunProcess(RankOptions? ranks, string folder)
{
    /// <summary>Whether this process scores, saves and exports; one does.</summary>
    public bool IsLeader => ranks is not { Rank: > 0 };

    /// <summary>Where this process keeps what it works out for itself.</summary>
    public string Folder => ranks is { Rank: > 0 } ? Path.Combine(folder, FormattableString.Invariant($"rank-{ranks.Rank}")) : folder;

    /// <summary>Waits for the other processes, where there are any, and makes sure that all compute the same run from the same step.</summary>
    /// <param name="config">The run.</param>
    /// <param name="task">What is trained.</param>
    /// <param name="provenance">What it is made of.</param>
    /// <param name="step">Where it begins.</param>
    /// <param name="drain">Asks for an early end.</param>
    /// <returns>The connection; null for a single process.</returns>
    /// <exception cref="TrainingException">The run cannot be divided, or the processes do not agree.</exception>
    public RankExchange? Meet(TrainingConfig config, ITrainingTask task, TrainingProvenance provenance, long step, CancellationToken drain)
    {
        if (config.Shards > 0 && task.State.Count > 0)
        {
            throw new TrainingException($"{config.System}: shards must be 0: what this task keeps beside its weights follows whole batches");
        }

        return ranks is null ? null
            : config.Shards == ranks.WorldSize ? RankExchange.Open(ranks, SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { provenance, step })), drain)
            : throw new TrainingException($"--world-size {ranks.WorldSize}: the configuration has {config.Shards} shards: they must be as many");
    }
}
