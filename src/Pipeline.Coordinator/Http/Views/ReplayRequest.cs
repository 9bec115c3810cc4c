namespace Pipeline.Coordinator.Http.Views;

/// <summary>Which failed and quarantined items to open again: those that pass every given condition.</summary>
public sealed record ReplayRequest
{
    /// <summary>Only items that failed with this cause.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Only these items; at most 10,000.</summary>
    public IReadOnlyList<long>? Items { get; init; }

    /// <summary>Only items that failed at this stage first.</summary>
    public string? Stage { get; init; }
}
