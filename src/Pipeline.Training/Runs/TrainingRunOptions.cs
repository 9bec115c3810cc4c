using Pipeline.Training.Ranks;

namespace Pipeline.Training.Runs;

/// <summary>What a run is asked for beside its configuration; nothing of it changes how it trains from its first step on.</summary>
public sealed record TrainingRunOptions
{
    /// <summary>Which of several processes this one is; it computes all by itself when null. The configuration has as many shards as there are processes.</summary>
    public RankOptions? Ranks { get; init; }

    /// <summary>Writes all floating-point weights of <c>model/</c> in half precision.</summary>
    public bool Half { get; init; }

    /// <summary>
    /// Folder of another run of the same system whose newest checkpoint a new run starts from: its averaged weights and what its task keeps, with fresh moments, schedule and data order. The
    /// checkpoint becomes the parent in the provenance. A run that has checkpoints of its own goes on from these.
    /// </summary>
    public string? Fork { get; init; }
}
