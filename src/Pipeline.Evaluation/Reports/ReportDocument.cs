namespace Pipeline.Evaluation.Reports;

/// <summary>What a report is made of. Equal documents give equal files.</summary>
public sealed record ReportDocument
{
    /// <summary>Headline.</summary>
    public required string Title { get; init; }

    /// <summary>A sentence below it.</summary>
    public string Subtitle { get; init; } = string.Empty;

    /// <summary>Name of the data set, for the table.</summary>
    public string Dataset { get; init; } = string.Empty;

    /// <summary>Facts about the run, in order: method, models, seed, device, time.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; init; } = [];

    /// <summary>The items, in job order. Enumerated once; pictures of an item are read, shown small and let go before the next.</summary>
    public required IEnumerable<ReportItem> Items { get; init; }

    /// <summary>How many items there are, when known: chooses the size of thumbnails.</summary>
    public int? ItemCount { get; init; }
}
