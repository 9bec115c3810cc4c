using Pipeline.Contracts.Messages;
using Pipeline.Coordinator.Jobs;

namespace Pipeline.Coordinator.Planning;

/// <summary>A job that is to be forecast; its manifest comes beside it.</summary>
public sealed record PlanRequest
{
    /// <summary>Most pictures that are looked up: the sample is held in memory.</summary>
    public const int MaxSample = 10_000;

    /// <summary>The job as it would be submitted.</summary>
    public required JobRequest Job { get; init; }

    /// <summary>Pictures that are looked up in the store, 1 to 10000; of a larger job, the others are counted like them. Default 1000.</summary>
    public int Sample { get; init; } = 1000;

    /// <summary>Compute seconds of an item by stage; they win over what was measured.</summary>
    public IReadOnlyDictionary<string, double> StageSeconds { get; init; } = new Dictionary<string, double>();

    /// <summary>Price of an hour of computation; null for the installation's.</summary>
    public double? PricePerHour { get; init; }

    /// <summary>How the stages will be run; null for what the workers say.</summary>
    public IReadOnlyDictionary<string, StageProfile>? Profiles { get; init; }
}
