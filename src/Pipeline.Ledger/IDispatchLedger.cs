using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger;

/// <summary>Items on their way: claims, the messages that announce them, leases.</summary>
public interface IDispatchLedger
{
    /// <summary>
    /// Claims suspects, due retries and pending items, whole pictures at a time, up to a number of items (a first picture that alone is larger is claimed if
    /// <paramref name="oversize"/>), and commits the messages that announce them. Items of one dispatch share try and epoch. A suspect travels alone, and only
    /// <see cref="RetryPolicy.SuspectsInFlight"/> of them per job at a time.
    /// </summary>
    /// <param name="jobId">Job; nothing is claimed unless it is running.</param>
    /// <param name="credits">Most items.</param>
    /// <param name="oversize">Whether one picture with more items may be claimed.</param>
    /// <param name="lease">How long the claim holds without a sign of life.</param>
    /// <param name="body">Makes the message of a dispatch; runs inside the transaction, must not block, and is called again for the same items when a transaction is repeated.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<IReadOnlyList<OutboxMessage>> ClaimAsync(string jobId, int credits, bool oversize, TimeSpan lease, Func<PictureDispatch, byte[]> body, CancellationToken cancellation);

    /// <summary>Messages that were committed and not confirmed as sent, oldest first.</summary>
    /// <param name="jobId">Job; null for all.</param>
    /// <param name="limit">Most messages.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<IReadOnlyList<OutboxMessage>> UnsentAsync(string? jobId, int limit, CancellationToken cancellation);

    /// <summary>Confirms that messages were taken over by the broker.</summary>
    Task ConfirmSentAsync(IReadOnlyCollection<long> ids, CancellationToken cancellation);

    /// <summary>Extends the leases of items that a worker has in hand; unknown jobs and items that are not in flight are passed over.</summary>
    Task RenewAsync(IReadOnlyList<ItemInHand> items, TimeSpan lease, CancellationToken cancellation);

    /// <summary>Makes claimed items pending again: those whose lease has run out, or all, when every worker is known to be gone. Returns their number.</summary>
    /// <param name="jobId">Job; null for all.</param>
    /// <param name="all">Whether leases that still hold are ended too, and messages not yet sent are dropped.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<int> ReleaseAsync(string? jobId, bool all, CancellationToken cancellation);

    /// <summary>When the next waiting item is due; null when none waits.</summary>
    /// <param name="jobId">Job; null for all running ones.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<DateTimeOffset?> NextRetryAsync(string? jobId, CancellationToken cancellation);
}
