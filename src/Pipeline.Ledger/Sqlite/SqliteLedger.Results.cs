using System.Runtime.CompilerServices;
using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger.Sqlite;

/// <content>Outcomes and what they add up to.</content>
public sealed partial class SqliteLedger
{
    private const int PageItems = 500;

    /// <inheritdoc />
    public Task<ApplyReport> ApplyAsync(IReadOnlyList<StageResult> results, CancellationToken cancellation) =>
        Write(db => new ResultWriter(db, options.Retry, Now).Apply(results), cancellation);

    /// <inheritdoc />
    public Task<JobProgress> ProgressAsync(string jobId, CancellationToken cancellation) => Read(db => LedgerReader.Progress(db, JobTable.Require(db, jobId).No), cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<ErrorSummary>> ErrorsAsync(string jobId, int limit, CancellationToken cancellation) =>
        Read(db => LedgerReader.Errors(db, JobTable.Require(db, jobId).No, limit), cancellation);

    /// <inheritdoc />
    public IAsyncEnumerable<ItemReport> ItemsAsync(string jobId, CancellationToken cancellation) => ItemsAsync(jobId, ItemFilter.Everything, cancellation);

    /// <inheritdoc />
    public async IAsyncEnumerable<ItemReport> ItemsAsync(string jobId, ItemFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long from = filter.From;
        long left = filter.Limit ?? long.MaxValue;
        while (left > 0)
        {
            (long start, int count) = (from, (int)Math.Min(left, PageItems));
            List<ItemReport> page = await Read(db => LedgerReader.Page(db, JobTable.Require(db, jobId).No, start, count, filter), cancellation).ConfigureAwait(false);
            foreach (ItemReport item in page)
            {
                yield return item;
            }

            if (page.Count < count)
            {
                yield break;
            }

            (from, left) = (page[^1].Item + 1, left - page.Count);
        }
    }
}
