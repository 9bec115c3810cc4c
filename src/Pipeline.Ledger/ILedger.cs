using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger;

/// <summary>
/// Jobs, items, tries: the truth about what is done and what is not. Everything in a queue can be rebuilt from here. Every change is durable when the call returns, and the
/// counters change in the same transaction as the items. One coordinator writes a job at a time; reading is free for all.
/// </summary>
public interface ILedger : IAsyncDisposable
{
    /// <summary>Creates a job, or returns it as it stands.</summary>
    /// <exception cref="LedgerException">The job exists with another specification.</exception>
    Task<JobInfo> OpenJobAsync(NewJob job, CancellationToken cancellation);

    /// <summary>Imports pictures with consecutive numbers from <paramref name="firstPicture"/>. Numbers that are imported already change nothing.</summary>
    Task ImportAsync(string jobId, long firstPicture, IReadOnlyList<NewPicture> pictures, CancellationToken cancellation);

    /// <summary>Ends the import; the job can be dispatched.</summary>
    Task FinishImportAsync(string jobId, CancellationToken cancellation);

    /// <summary>
    /// Claims pending items and due retries, whole pictures at a time, up to a number of items (a first picture that alone is larger is claimed if
    /// <paramref name="oversize"/>), and commits the messages that announce them. Items of one dispatch share try and epoch.
    /// </summary>
    /// <param name="jobId">Job; nothing is claimed unless it is running.</param>
    /// <param name="credits">Most items.</param>
    /// <param name="oversize">Whether one picture with more items may be claimed.</param>
    /// <param name="lease">How long the claim holds without a sign of life.</param>
    /// <param name="body">Makes the message of a dispatch; runs inside the transaction and must not block.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<IReadOnlyList<OutboxMessage>> ClaimAsync(string jobId, int credits, bool oversize, TimeSpan lease, Func<PictureDispatch, byte[]> body, CancellationToken cancellation);

    /// <summary>Messages that were committed and not confirmed as sent, oldest first.</summary>
    Task<IReadOnlyList<OutboxMessage>> UnsentAsync(string jobId, int limit, CancellationToken cancellation);

    /// <summary>Confirms that messages were taken over by the broker.</summary>
    Task ConfirmSentAsync(IReadOnlyCollection<long> ids, CancellationToken cancellation);

    /// <summary>Applies outcomes. Known ones, old epochs, old tries and ended items change nothing; the order of arrival does not matter.</summary>
    Task<ApplyReport> ApplyAsync(IReadOnlyList<StageResult> results, CancellationToken cancellation);

    /// <summary>Extends the leases of items that a worker has in hand.</summary>
    Task RenewAsync(IReadOnlyList<ItemInHand> items, TimeSpan lease, CancellationToken cancellation);

    /// <summary>Makes claimed items pending again: those whose lease has run out, or all, when every worker is known to be gone. Returns their number.</summary>
    Task<int> ReleaseAsync(string jobId, bool all, CancellationToken cancellation);

    /// <summary>Cancels the open items of a job and raises its epoch, so that late results no longer count.</summary>
    Task CancelAsync(string jobId, CancellationToken cancellation);

    /// <summary>Pauses a running job or resumes a paused one.</summary>
    Task SetPausedAsync(string jobId, bool paused, CancellationToken cancellation);

    /// <summary>Opens failed and quarantined items again, all or those of one fingerprint, with a new epoch. Returns their number.</summary>
    Task<int> ReplayAsync(string jobId, string? fingerprint, CancellationToken cancellation);

    /// <summary>Sets the final state of a job whose items have all ended; returns the state.</summary>
    Task<JobState> FinishJobAsync(string jobId, CancellationToken cancellation);

    /// <summary>Counts of a job.</summary>
    Task<JobProgress> ProgressAsync(string jobId, CancellationToken cancellation);

    /// <summary>When the next waiting item is due; null when none waits.</summary>
    Task<DateTimeOffset?> NextRetryAsync(string jobId, CancellationToken cancellation);

    /// <summary>Failures by cause, the most frequent first.</summary>
    Task<IReadOnlyList<ErrorSummary>> ErrorsAsync(string jobId, int limit, CancellationToken cancellation);

    /// <summary>All items in the order of the manifest, in bounded memory.</summary>
    IAsyncEnumerable<ItemReport> ItemsAsync(string jobId, CancellationToken cancellation);
}
