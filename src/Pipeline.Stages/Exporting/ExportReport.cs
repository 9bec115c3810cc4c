namespace Pipeline.Stages.Exporting;

/// <summary>What an export wrote: also the content of <c>export.json</c>, which is written last.</summary>
public sealed record ExportReport
{
    /// <summary>Edits in the data set that was exported from.</summary>
    public required long Items { get; init; }

    /// <summary>Edits that were exported.</summary>
    public required long Exported { get; init; }

    /// <summary>Edits that were left out, by reason.</summary>
    public required IReadOnlyDictionary<string, long> Rejected { get; init; }

    /// <summary>Exported edits by split.</summary>
    public required IReadOnlyDictionary<string, long> Splits { get; init; }

    /// <summary>Exported edits by label.</summary>
    public required IReadOnlyDictionary<string, long> Labels { get; init; }

    /// <summary>The files that list or hold the samples, with their digests.</summary>
    public required IReadOnlyDictionary<string, string> Files { get; init; }
}
