namespace Pipeline.Cli.Parity;

/// <summary>What running one case gave.</summary>
/// <param name="Name">Path of the case below the folder that was asked for.</param>
/// <param name="Kind">The runner's kind; empty when unsupported.</param>
/// <param name="Status">The outcome.</param>
/// <param name="Rows">One row per comparison.</param>
/// <param name="Elapsed">Wall time of the run.</param>
/// <param name="Error">What ended the run, or empty.</param>
public sealed record CaseReport(string Name, string Kind, CaseStatus Status, IReadOnlyList<TensorComparison> Rows, TimeSpan Elapsed, string Error = "")
{
    /// <summary>Rows that failed.</summary>
    public int Failures => Rows.Count(r => r.Status == ComparisonStatus.Failed);
}
