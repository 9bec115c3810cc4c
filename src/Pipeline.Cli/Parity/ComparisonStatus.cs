namespace Pipeline.Cli.Parity;

/// <summary>What one comparison found.</summary>
public enum ComparisonStatus
{
    /// <summary>Within the tolerance.</summary>
    Passed,

    /// <summary>Outside the tolerance, of another shape, or missing.</summary>
    Failed,

    /// <summary>Left out on purpose, with a reason: the case itself says that this value is not to be compared.</summary>
    Skipped,
}
