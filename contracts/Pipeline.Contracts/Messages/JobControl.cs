using MassTransit;

namespace Pipeline.Contracts.Messages;

/// <summary>An order about a job, to every worker.</summary>
[MessageUrn("moodpipe:job-control:1")]
public sealed record JobControl
{
    /// <summary>Version of this layout.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Job; null for all of them.</summary>
    public string? JobId { get; init; }

    /// <summary>Epoch from which the order holds.</summary>
    public int Epoch { get; init; }

    /// <summary>What to do.</summary>
    public required ControlAction Action { get; init; }
}
