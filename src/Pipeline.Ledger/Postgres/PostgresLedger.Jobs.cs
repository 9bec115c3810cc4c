using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Postgres;

/// <content>Jobs.</content>
public sealed partial class PostgresLedger
{
    /// <inheritdoc />
    public async Task<JobInfo> OpenJobAsync(NewJob job, CancellationToken cancellation)
    {
        JobRules.Require(job);
        return await RunAsync(tx => JobTable.OpenAsync(tx, job), cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task<JobInfo?> FindJobAsync(string jobId, CancellationToken cancellation) => RunAsync(tx => JobTable.FindAsync(tx, jobId), cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<JobInfo>> JobsAsync(JobQuery query, CancellationToken cancellation) => RunAsync(tx => JobTable.ListAsync(tx, query), cancellation);

    /// <inheritdoc />
    public Task<string> SpecAsync(string jobId, CancellationToken cancellation) => RunAsync(
        async tx => (await tx.QueryAsync("SELECT spec_json FROM job WHERE id = $1", r => r.Text(0), PgText.In(jobId)).ConfigureAwait(false)).FirstOrDefault()
            ?? throw JobRules.Unknown(jobId),
        cancellation);

    /// <inheritdoc />
    public Task ImportAsync(string jobId, long firstPicture, IReadOnlyList<NewPicture> pictures, CancellationToken cancellation) =>
        ChangeAsync(jobId, (tx, job) => new Imports(tx).AddAsync(jobId, job, firstPicture, pictures), cancellation);

    /// <inheritdoc />
    public async Task FinishImportAsync(string jobId, CancellationToken cancellation)
    {
        // First: right after a large import claims are many times slower without.
        await RunAsync(tx => tx.ExecuteAsync("ANALYZE item, picture"), cancellation).ConfigureAwait(false);
        await ChangeAsync(
            jobId,
            async (tx, job) =>
            {
                List<long> items = await tx.QueryAsync(
                    "UPDATE job SET state = 2, started_at = $1 WHERE no = $2 AND state IN (0, 1) RETURNING items", r => r.GetInt64(0), tx.Now, job.No).ConfigureAwait(false);
                if (items.Count > 0)
                {
                    await JobTable.AddEventAsync(tx, job.No, JobEventKinds.Imported, $"{items[0]} items").ConfigureAwait(false);
                }
            },
            cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async Task AdjustAsync(string jobId, JobAdjustment adjustment, CancellationToken cancellation)
    {
        JobRules.Require(jobId, adjustment);
        await ChangeAsync(jobId, (tx, job) => JobTable.AdjustAsync(tx, job.No, adjustment), cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task SetPausedAsync(string jobId, bool paused, string? reason, CancellationToken cancellation) => ChangeAsync(
        jobId,
        async (tx, job) =>
        {
            if (job.State == (paused ? JobState.Running : JobState.Paused))
            {
                await tx.ExecuteAsync("UPDATE job SET state = $1 WHERE no = $2", (short)(paused ? JobState.Paused : JobState.Running), job.No).ConfigureAwait(false);
                await JobTable.AddEventAsync(tx, job.No, paused ? JobEventKinds.Paused : JobEventKinds.Resumed, reason).ConfigureAwait(false);
            }
        },
        cancellation);

    /// <inheritdoc />
    public Task CancelAsync(string jobId, CancellationToken cancellation) =>
        ChangeAsync(jobId, (tx, job) => JobTable.EndAsync(tx, job.No, JobState.Cancelled, JobEventKinds.Cancelled, null), cancellation);

    /// <inheritdoc />
    public Task FailJobAsync(string jobId, string reason, CancellationToken cancellation) =>
        ChangeAsync(jobId, (tx, job) => JobTable.EndAsync(tx, job.No, JobState.Failed, JobEventKinds.Failed, reason), cancellation);

    /// <inheritdoc />
    public Task<int> ReplayAsync(string jobId, ReplaySelection selection, CancellationToken cancellation) => RunAsync(
        async tx =>
        {
            JobRow job = await JobTable.LockAsync(tx, jobId).ConfigureAwait(false);
            if (job.State is JobState.Cancelled or JobState.Failed or JobState.Deleting)
            {
                return 0;
            }

            int opened = await new Replays(tx).OpenAsync(job, selection).ConfigureAwait(false);
            if (opened > 0)
            {
                await JobTable.AddEventAsync(tx, job.No, JobEventKinds.Replayed, $"{opened} items").ConfigureAwait(false);
            }

            return opened;
        },
        cancellation);

    /// <inheritdoc />
    public Task<int> ReopenAsync(string jobId, IReadOnlyCollection<long> items, string reason, CancellationToken cancellation) => RunAsync(
        async tx =>
        {
            JobRow job = await JobTable.LockAsync(tx, jobId).ConfigureAwait(false);
            int opened = job.State is JobState.Cancelled or JobState.Failed or JobState.Deleting ? 0 : await new Replays(tx).ReopenAsync(job, items).ConfigureAwait(false);
            if (opened > 0)
            {
                await JobTable.AddEventAsync(tx, job.No, JobEventKinds.Reopened, $"{opened} items: {reason}").ConfigureAwait(false);
            }

            return opened;
        },
        cancellation);

    /// <inheritdoc />
    public Task<JobState> FinishJobAsync(string jobId, CancellationToken cancellation) => RunAsync(
        async tx => await JobTable.FinishAsync(tx, await JobTable.LockAsync(tx, jobId).ConfigureAwait(false)).ConfigureAwait(false), cancellation);

    /// <inheritdoc />
    public async Task DeleteJobAsync(string jobId, CancellationToken cancellation)
    {
        if (await RunAsync(tx => Deletion.BeginAsync(tx, jobId), cancellation).ConfigureAwait(false) is not { } job)
        {
            return;
        }

        for (long from = 0; from < Math.Max(job.Items, job.Pictures); from += Deletion.Piece)
        {
            long start = from;
            await RunAsync(tx => Deletion.DeleteRangeAsync(tx, job.No, start), cancellation).ConfigureAwait(false);
        }

        await RunAsync(tx => Deletion.EndAsync(tx, job.No), cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task AddEventAsync(string jobId, string kind, string? detail, CancellationToken cancellation) =>
        ChangeAsync(jobId, (tx, job) => JobTable.AddEventAsync(tx, job.No, kind, detail), cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<JobEvent>> EventsAsync(string jobId, int limit, CancellationToken cancellation) => RunAsync(
        async tx => await JobTable.EventsAsync(tx, (await JobTable.RequireAsync(tx, jobId).ConfigureAwait(false)).No, limit).ConfigureAwait(false), cancellation);
}
