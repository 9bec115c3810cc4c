namespace Pipeline.Ledger;

/// <summary>Which of a job's failed and quarantined items to open again: those that pass every given condition.</summary>
public sealed record ReplaySelection
{
    /// <summary>All of them.</summary>
    public static ReplaySelection Everything { get; } = new();

    /// <summary>Only items that failed with this cause; null for any.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Only these items; null for any.</summary>
    public IReadOnlyCollection<long>? Items { get; init; }

    /// <summary>Only items that failed at this stage first; null for any.</summary>
    public string? Stage { get; init; }
}
