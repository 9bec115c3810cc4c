using System.Runtime.CompilerServices;
using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Postgres;

/// <content>Outcomes and what they add up to.</content>
public sealed partial class PostgresLedger
{
    private const int PageItems = 1000;

    /// <inheritdoc />
    public Task<ApplyReport> ApplyAsync(IReadOnlyList<StageResult> results, CancellationToken cancellation) =>
        RunAsync(tx => new ResultWriter(tx, options.Retry).ApplyAsync(results), cancellation);

    /// <inheritdoc />
    public Task<JobProgress> ProgressAsync(string jobId, CancellationToken cancellation) => ReadAsync(jobId, (tx, job) => LedgerReader.ProgressAsync(tx, job.No), cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<ErrorSummary>> ErrorsAsync(string jobId, int limit, CancellationToken cancellation) =>
        ReadAsync(jobId, (tx, job) => LedgerReader.ErrorsAsync(tx, job.No, limit), cancellation);

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
            List<ItemReport> page = await ReadAsync(jobId, (tx, job) => LedgerReader.PageAsync(tx, job.No, start, count, filter), cancellation).ConfigureAwait(false);
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

    private Task<T> ReadAsync<T>(string jobId, Func<PostgresTransaction, JobRow, Task<T>> read, CancellationToken cancellation) => RunAsync(
        async tx => await read(tx, await JobTable.RequireAsync(tx, jobId).ConfigureAwait(false)).ConfigureAwait(false), cancellation);
}
