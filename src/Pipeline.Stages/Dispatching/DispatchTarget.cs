using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Messages;

namespace Pipeline.Stages.Dispatching;

/// <summary>What every message of a job has in common.</summary>
/// <param name="JobId">Job.</param>
/// <param name="StageMask">Stages that every item needs.</param>
/// <param name="Defaults">What holds for manifest lines that do not say otherwise.</param>
public sealed record DispatchTarget(string JobId, int StageMask, JobDefaults Defaults)
{
    /// <summary>Queue class.</summary>
    public WorkClass Class { get; init; }

    /// <summary>Owner; null for none.</summary>
    public string? Tenant { get; init; }

    /// <summary>Folder or address that relative sources start from; null: they are left as they are.</summary>
    public string? SourceBase { get; init; }
}
