namespace Pipeline.Training.Checkpoints;

/// <summary>The numbers of a checkpoint (<c>state.json</c>).</summary>
public sealed record TrainingState
{
    /// <summary>Updates so far; also the position of the learning-rate schedule.</summary>
    public required long Step { get; init; }

    /// <summary>Passes over the data so far.</summary>
    public required long Epoch { get; init; }

    /// <summary>Samples so far: the position in the data order.</summary>
    public required long ConsumedSamples { get; init; }

    /// <summary>Position of the learning-rate schedule.</summary>
    public required long SchedulePosition { get; init; }

    /// <summary>Factor of the loss in float16; 1 in other precisions.</summary>
    public double LossScale { get; init; } = 1;

    /// <summary>Good steps since the factor changed.</summary>
    public int LossScaleGood { get; init; }

    /// <summary>Steps that were skipped because the scaled loss overflowed.</summary>
    public long SkippedSteps { get; init; }

    /// <summary>Running mean of every loss term.</summary>
    public required Dictionary<string, double> RunningMeans { get; init; }

    /// <summary>Wall time of all processes of the run so far, in seconds.</summary>
    public double WallSeconds { get; init; }

    /// <summary>Held-out score, where it was taken.</summary>
    public double? Score { get; init; }
}
