using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Coordinator.Jobs;

/// <summary>A job as a client asks for it; the manifest comes beside it.</summary>
public sealed record JobRequest
{
    /// <summary>Identity: 1 to 100 letters, digits, dots, dashes, underscores. Default: derived from what is asked for, so that the same request twice is one job.</summary>
    public string? Id { get; init; }

    /// <summary>Name for people.</summary>
    public string? Name { get; init; }

    /// <summary>Owner: tenants share the installation alike.</summary>
    public string? Tenant { get; init; }

    /// <summary>Queue class; default <see cref="WorkClass.Bulk"/>.</summary>
    public WorkClass Class { get; init; }

    /// <summary>0 to 9, higher gets more; default 5.</summary>
    public int Priority { get; init; } = 5;

    /// <summary>Share among the tenant's jobs of one priority, 1 to 100; default 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Most items in flight; default: as many as the installation allows.</summary>
    public int? Window { get; init; }

    /// <summary>Compute seconds that it may spend; null for no limit.</summary>
    public double? BudgetSeconds { get; init; }

    /// <summary>What holds for lines that do not say otherwise.</summary>
    public JobDefaults Defaults { get; init; } = new();

    /// <summary>Stages; default all. Prompt, invert and edit are always needed.</summary>
    public IReadOnlyList<string> Stages { get; init; } = StageNames.All;

    /// <summary>
    /// Folder or <c>s3://bucket/prefix</c> whose pictures the coordinator lists itself, instead of a manifest; as the coordinator and the workers see it. What is in it when it is imported
    /// counts; the identity of the job does not depend on it.
    /// </summary>
    public string? Source { get; init; }

    /// <summary>Wanted of every picture of <see cref="Source"/>.</summary>
    public IReadOnlyList<EmotionRequest> Emotions { get; init; } = [];

    /// <summary>Folder or address that relative sources start from.</summary>
    public string? SourceBase { get; init; }

    /// <summary>Whether lines with errors are left out; default false: the job is refused with all errors.</summary>
    public bool SkipBadLines { get; init; }

    /// <summary>Only the first so many good lines.</summary>
    public int? Limit { get; init; }
}
