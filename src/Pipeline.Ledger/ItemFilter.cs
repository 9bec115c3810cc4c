namespace Pipeline.Ledger;

/// <summary>Which items to read: those that pass every given condition.</summary>
public sealed record ItemFilter
{
    /// <summary>All of them.</summary>
    public static ItemFilter Everything { get; } = new();

    /// <summary>Number of the first item to read.</summary>
    public long From { get; init; }

    /// <summary>Most items; null for all.</summary>
    public long? Limit { get; init; }

    /// <summary>Only items in these states; null for any.</summary>
    public IReadOnlyCollection<ItemState>? States { get; init; }

    /// <summary>Only items that failed with this cause at some try; null for any.</summary>
    public string? Fingerprint { get; init; }
}
