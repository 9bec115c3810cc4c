namespace Pipeline.Contracts.Artefacts;

/// <summary>Where, when and by what a stage's work was done.</summary>
public sealed record ManifestProducer
{
    /// <summary>Worker process.</summary>
    public string? Worker { get; init; }

    /// <summary>Device of the computation, for example <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string? Device { get; init; }

    /// <summary>Version of the program.</summary>
    public string? Version { get; init; }

    /// <summary>Start, UTC.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Seconds of computation.</summary>
    public double? ComputeSeconds { get; init; }

    /// <summary>Number of items computed together.</summary>
    public int? BatchSize { get; init; }

    /// <summary>UNet forward passes per sample, where the stage counts them.</summary>
    public long? UnetForwards { get; init; }

    /// <summary>W3C trace of the run that made it.</summary>
    public string? TraceId { get; init; }
}
