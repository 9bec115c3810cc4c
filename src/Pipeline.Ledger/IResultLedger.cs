using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger;

/// <summary>Outcomes, and what they add up to.</summary>
public interface IResultLedger
{
    /// <summary>
    /// Applies outcomes. Known ones, old epochs, old tries, ended items, unknown jobs, items and stages change nothing; the order of arrival does not matter.
    /// <see cref="StageOutcome.Crash"/> of an item that is not a suspect yet makes it one; of a suspect it counts until <see cref="RetryPolicy.MaxCrashes"/> is reached.
    /// </summary>
    Task<ApplyReport> ApplyAsync(IReadOnlyList<StageResult> results, CancellationToken cancellation);

    /// <summary>Counts of a job.</summary>
    Task<JobProgress> ProgressAsync(string jobId, CancellationToken cancellation);

    /// <summary>Failures by cause, the most frequent first.</summary>
    Task<IReadOnlyList<ErrorSummary>> ErrorsAsync(string jobId, int limit, CancellationToken cancellation);

    /// <summary>All items in the order of the manifest, in bounded memory.</summary>
    IAsyncEnumerable<ItemReport> ItemsAsync(string jobId, CancellationToken cancellation);

    /// <summary>Items that pass a filter, in the order of the manifest, in bounded memory.</summary>
    IAsyncEnumerable<ItemReport> ItemsAsync(string jobId, ItemFilter filter, CancellationToken cancellation);
}
