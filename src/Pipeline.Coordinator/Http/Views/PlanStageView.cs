namespace Pipeline.Coordinator.Http.Views;

/// <summary>What a stage of a job would need. A unit is one piece of work: a picture's at invert, an edit's elsewhere.</summary>
public sealed record PlanStageView
{
    /// <summary>Stage.</summary>
    public required string Stage { get; init; }

    /// <summary>Units.</summary>
    public long Units { get; init; }

    /// <summary>Units that are stored already, or that another unit of the job makes.</summary>
    public long Found { get; init; }

    /// <summary>Units that must be computed.</summary>
    public long ToCompute { get; init; }

    /// <summary>Units of which it cannot be told, because what they read is not made yet (or the stage's models are not known): they are predicted as computed.</summary>
    public long Unknown { get; init; }

    /// <summary>Compute seconds of an item; null while nothing tells.</summary>
    public double? SecondsPerItem { get; init; }

    /// <summary>Where that comes from: given, sameParameters, sameMethod, otherJobs (measured in earlier jobs), unknown.</summary>
    public string SecondsFrom { get; init; } = "unknown";

    /// <summary>Predicted compute seconds of what is to compute or unknown; null where the cost of an item is not known.</summary>
    public double? Seconds { get; init; }

    /// <summary>Live workers of the stage.</summary>
    public int Workers { get; init; }
}
