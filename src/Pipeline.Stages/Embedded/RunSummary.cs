using Pipeline.Contracts.Jobs;
using Pipeline.Ledger;

namespace Pipeline.Stages.Embedded;

/// <summary>How a run ended. Exit code: 0 when complete without failures, 1 when items failed, 130 when interrupted.</summary>
public sealed record RunSummary
{
    /// <summary>Job.</summary>
    public required string JobId { get; init; }

    /// <summary>State of the job.</summary>
    public required JobState State { get; init; }

    /// <summary>All items.</summary>
    public required long Items { get; init; }

    /// <summary>Items that ended well, in this run or before.</summary>
    public required long Done { get; init; }

    /// <summary>Items that ended badly.</summary>
    public required long Failed { get; init; }

    /// <summary>Items that have not ended.</summary>
    public required long Open { get; init; }

    /// <summary>Whether the run was drained or stopped before its end; the same command goes on.</summary>
    public required bool Interrupted { get; init; }

    /// <summary>By stage, in order.</summary>
    public required IReadOnlyList<StageProgress> Stages { get; init; }

    /// <summary>Failures by cause.</summary>
    public required IReadOnlyList<ErrorSummary> Errors { get; init; }

    /// <summary>Manifest lines that were left out.</summary>
    public required IReadOnlyList<ManifestError> ManifestErrors { get; init; }

    /// <summary>The list of results; null when the job is not complete.</summary>
    public string? MetadataPath { get; init; }

    /// <summary>Duration of this run.</summary>
    public required TimeSpan Elapsed { get; init; }
}
