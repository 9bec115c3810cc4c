namespace Pipeline.Contracts.Results;

/// <summary>One line of <c>provenance.jsonl</c>: what differs between two runs that made the same data set (times, machines, tries).</summary>
public sealed record RunRecord
{
    /// <summary>Name of the picture in the manifest.</summary>
    public required string Id { get; init; }

    /// <summary>Emotion.</summary>
    public required string Emotion { get; init; }

    /// <summary>Variant, from 0.</summary>
    public int Variant { get; init; }

    /// <summary>Job that this line belongs to.</summary>
    public required string JobId { get; init; }

    /// <summary>Number of tries beyond the first.</summary>
    public int Retries { get; init; }

    /// <summary>Seconds of computation by stage, as measured by whoever did the work first.</summary>
    public IReadOnlyDictionary<string, double>? Timings { get; init; }

    /// <summary>Stages that were found in the store.</summary>
    public IReadOnlyList<string>? Cached { get; init; }

    /// <summary>UNet forward passes per sample: this edit's share of its batch, so it depends on what was edited together.</summary>
    public long? UnetForwards { get; init; }

    /// <summary>Device of the edit.</summary>
    public string? Device { get; init; }

    /// <summary>Program versions by component.</summary>
    public IReadOnlyDictionary<string, string>? Versions { get; init; }

    /// <summary>When the edit was made, UTC.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
}
