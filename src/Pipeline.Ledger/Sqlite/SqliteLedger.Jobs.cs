using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Sqlite;

/// <content>Jobs.</content>
public sealed partial class SqliteLedger
{
    /// <inheritdoc />
    public async Task<JobInfo> OpenJobAsync(NewJob job, CancellationToken cancellation)
    {
        JobRules.Require(job);
        return await Write(db => JobTable.Open(db, job, Now), cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task<JobInfo?> FindJobAsync(string jobId, CancellationToken cancellation) => Read(db => JobTable.Find(db, jobId), cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<JobInfo>> JobsAsync(JobQuery query, CancellationToken cancellation) => Read(db => JobTable.List(db, query), cancellation);

    /// <inheritdoc />
    public Task<string> SpecAsync(string jobId, CancellationToken cancellation) =>
        Read(db => db.Query("SELECT spec_json FROM job WHERE id = ?", r => r.Text(0), jobId).FirstOrDefault() ?? throw JobRules.Unknown(jobId), cancellation);

    /// <inheritdoc />
    public Task ImportAsync(string jobId, long firstPicture, IReadOnlyList<NewPicture> pictures, CancellationToken cancellation) => Write(
        db =>
        {
            new Imports(db, Now).Add(jobId, JobTable.Require(db, jobId).No, firstPicture, pictures);
            return true;
        },
        cancellation);

    /// <inheritdoc />
    public Task FinishImportAsync(string jobId, CancellationToken cancellation) => Write(
        db =>
        {
            long job = JobTable.Require(db, jobId).No;
            if (db.Execute("UPDATE job SET state = 2, started_at = ? WHERE no = ? AND state IN (0, 1)", Now, job) > 0)
            {
                JobTable.AddEvent(db, job, Now, JobEventKinds.Imported, $"{db.Scalar("SELECT items FROM job WHERE no = ?", job)} items");
                // Claims choose their index by these statistics.
                db.Script("ANALYZE item");
            }

            return true;
        },
        cancellation);

    /// <inheritdoc />
    public async Task AdjustAsync(string jobId, JobAdjustment adjustment, CancellationToken cancellation)
    {
        JobRules.Require(jobId, adjustment);
        await Write(
            db =>
            {
                JobTable.Adjust(db, JobTable.Require(db, jobId).No, adjustment, Now);
                return true;
            },
            cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task SetPausedAsync(string jobId, bool paused, string? reason, CancellationToken cancellation) => Write(
        db =>
        {
            long job = JobTable.Require(db, jobId).No;
            int changed = db.Execute("UPDATE job SET state = ? WHERE no = ? AND state = ?", paused ? 3 : 2, job, paused ? 2 : 3);
            if (changed > 0)
            {
                JobTable.AddEvent(db, job, Now, paused ? JobEventKinds.Paused : JobEventKinds.Resumed, reason);
            }

            return changed;
        },
        cancellation);

    /// <inheritdoc />
    public Task CancelAsync(string jobId, CancellationToken cancellation) => EndAsync(jobId, JobState.Cancelled, JobEventKinds.Cancelled, null, cancellation);

    /// <inheritdoc />
    public Task FailJobAsync(string jobId, string reason, CancellationToken cancellation) => EndAsync(jobId, JobState.Failed, JobEventKinds.Failed, reason, cancellation);

    /// <inheritdoc />
    public Task<int> ReplayAsync(string jobId, ReplaySelection selection, CancellationToken cancellation) => Write(
        db =>
        {
            JobRow job = JobTable.Require(db, jobId);
            if (job.State is JobState.Cancelled or JobState.Failed or JobState.Deleting)
            {
                return 0;
            }

            int opened = new Replays(db, Now).Open(job.No, job.StageMask, selection);
            if (opened > 0)
            {
                JobTable.AddEvent(db, job.No, Now, JobEventKinds.Replayed, $"{opened} items");
            }

            return opened;
        },
        cancellation);

    /// <inheritdoc />
    public Task<int> ReopenAsync(string jobId, IReadOnlyCollection<long> items, string reason, CancellationToken cancellation) => Write(
        db =>
        {
            JobRow job = JobTable.Require(db, jobId);
            int opened = job.State is JobState.Cancelled or JobState.Failed or JobState.Deleting ? 0 : new Replays(db, Now).Reopen(job.No, job.StageMask, items);
            if (opened > 0)
            {
                JobTable.AddEvent(db, job.No, Now, JobEventKinds.Reopened, $"{opened} items: {reason}");
            }

            return opened;
        },
        cancellation);

    /// <inheritdoc />
    public Task<JobState> FinishJobAsync(string jobId, CancellationToken cancellation) => Write(db => JobTable.Finish(db, JobTable.Require(db, jobId).No, Now), cancellation);

    /// <inheritdoc />
    public async Task DeleteJobAsync(string jobId, CancellationToken cancellation)
    {
        if (await Write(db => new Deletion(db).Begin(jobId), cancellation).ConfigureAwait(false) is not { } job)
        {
            return;
        }

        for (long from = 0; from < Math.Max(job.Items, job.Pictures); from += Deletion.Piece)
        {
            long start = from;
            await Write(db => new Deletion(db).DeleteRange(job.No, start), cancellation).ConfigureAwait(false);
        }

        await Write(db => new Deletion(db).End(job.No), cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task AddEventAsync(string jobId, string kind, string? detail, CancellationToken cancellation) => Write(
        db =>
        {
            JobTable.AddEvent(db, JobTable.Require(db, jobId).No, Now, kind, detail);
            return true;
        },
        cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<JobEvent>> EventsAsync(string jobId, int limit, CancellationToken cancellation) =>
        Read(db => JobTable.Events(db, JobTable.Require(db, jobId).No, limit), cancellation);

    private Task<bool> EndAsync(string jobId, JobState state, string kind, string? reason, CancellationToken cancellation) => Write(
        db =>
        {
            JobTable.End(db, JobTable.Require(db, jobId).No, state, kind, reason, Now);
            return true;
        },
        cancellation);
}
