using MassTransit;

namespace Pipeline.Contracts.Messages;

/// <summary>Outcomes of one stage for items of one job; up to <see cref="MaxEntries"/> in a message.</summary>
[MessageUrn("moodpipe:stage-result:1")]
public sealed record StageResult
{
    /// <summary>Most entries a message may carry.</summary>
    public const int MaxEntries = 64;

    /// <summary>Version of this layout.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Job.</summary>
    public required string JobId { get; init; }

    /// <summary>Epoch of the work.</summary>
    public int Epoch { get; init; }

    /// <summary>Stage.</summary>
    public required string Stage { get; init; }

    /// <summary>One entry an item.</summary>
    public required IReadOnlyList<StageResultEntry> Entries { get; init; }

    /// <summary>Worker process that did it.</summary>
    public string? WorkerId { get; init; }

    /// <summary>Device that it ran on.</summary>
    public string? Device { get; init; }
}
