using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Sqlite;

/// <summary>
/// The ledger in one SQLite file: write-ahead log, flushed at every commit, one writing thread with group commit, a second connection for reading.
/// </summary>
public sealed class SqliteLedger : ILedger
{
    private const int PageItems = 500;
    private readonly SqliteLedgerOptions options;
    private readonly WriterThread writer;
    private readonly SqliteConnection reader;
    private readonly Lock reading = new();
    private readonly ConcurrentDictionary<string, (long No, int StageMask)> jobs = new(StringComparer.Ordinal);

    /// <summary>Opens or creates the ledger.</summary>
    /// <exception cref="LedgerException">The file cannot be used, or a newer program wrote it.</exception>
    public SqliteLedger(SqliteLedgerOptions options)
    {
        this.options = options;
        string path = Path.GetFullPath(options.Path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LedgerException(ErrorCodes.EnvironmentFault, FaultClass.Environment, $"the folder of ledger {path} cannot be made: {e.Message}", e);
        }

        var db = new SqliteConnection(path, readOnly: false);
        try
        {
            db.Script($"PRAGMA journal_mode = WAL; PRAGMA synchronous = {(options.FlushToDisk ? "FULL" : "OFF")}; PRAGMA cache_size = -16000");
            LedgerSchema.Migrate(db, path);
            reader = new SqliteConnection(path, readOnly: true);
        }
        catch
        {
            db.Dispose();
            throw;
        }

        writer = new WriterThread(db);
    }

    private long Now => options.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc />
    public async Task<JobInfo> OpenJobAsync(NewJob job, CancellationToken cancellation)
    {
        if (job.Id is not { Length: >= 1 and <= 100 } || !job.Id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') || !StageGraph.IsRunnable(job.StageMask))
        {
            throw new LedgerException(ErrorCodes.Ledger, FaultClass.Poison, $"job '{job.Id}' has an impossible name or set of stages ({job.StageMask})");
        }

        JobInfo info = await writer.RunAsync(
            db =>
            {
                db.Execute(
                    """
                    INSERT INTO job(id, tenant, name, spec_json, spec_digest, state, epoch, priority, stage_mask, credits, created_at)
                    VALUES(?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?) ON CONFLICT(id) DO NOTHING
                    """,
                    job.Id, job.Tenant, job.Name, job.SpecJson, job.SpecDigest, job.Priority, job.StageMask, job.Window, Now);
                (string digest, JobInfo existing) = db.Query("SELECT spec_digest, id, state, epoch, stage_mask, credits, pictures, items FROM job WHERE id = ?", ReadJob, job.Id).Single();
                return digest == job.SpecDigest
                    ? existing
                    : throw new LedgerException(ErrorCodes.Ledger, FaultClass.Poison, $"job {job.Id} exists with another specification; give the new one another name");
            },
            cancellation).ConfigureAwait(false);
        return info;
    }

    /// <inheritdoc />
    public Task ImportAsync(string jobId, long firstPicture, IReadOnlyList<NewPicture> pictures, CancellationToken cancellation) => writer.RunAsync(
        db =>
        {
            (long job, _) = Job(db, jobId);
            new Imports(db, Now).Add(jobId, job, firstPicture, pictures);
            return true;
        },
        cancellation);

    /// <inheritdoc />
    public Task FinishImportAsync(string jobId, CancellationToken cancellation) => writer.RunAsync(
        db =>
        {
            // Claims choose their index by these statistics.
            db.Execute("UPDATE job SET state = 2, started_at = ? WHERE no = ? AND state IN (0, 1)", Now, Job(db, jobId).No);
            db.Script("ANALYZE item");
            return true;
        },
        cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<OutboxMessage>> ClaimAsync(
        string jobId, int credits, bool oversize, TimeSpan lease, Func<PictureDispatch, byte[]> body, CancellationToken cancellation) => writer.RunAsync(
        db =>
        {
            (long job, _) = Job(db, jobId);
            bool running = db.Scalar("SELECT state FROM job WHERE no = ?", job) == (int)JobState.Running;
            return running ? new Claims(db, Now).Take(jobId, job, credits, oversize, lease, body) : [];
        },
        cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<OutboxMessage>> UnsentAsync(string jobId, int limit, CancellationToken cancellation) => Read(
        db => (IReadOnlyList<OutboxMessage>)db.Query(
            "SELECT id, body FROM outbox WHERE job = ? ORDER BY id LIMIT ?", r => new OutboxMessage(r.Long(0), jobId, r.Bytes(1)), Job(db, jobId).No, limit),
        cancellation);

    /// <inheritdoc />
    public Task ConfirmSentAsync(IReadOnlyCollection<long> ids, CancellationToken cancellation) => writer.RunAsync(
        db => ids.Sum(id => db.Execute("DELETE FROM outbox WHERE id = ?", id)), cancellation);

    /// <inheritdoc />
    public Task<ApplyReport> ApplyAsync(IReadOnlyList<StageResult> results, CancellationToken cancellation) => writer.RunAsync(
        db =>
        {
            var applier = new ResultApplier(db, options.Retry, Now);
            var report = new ApplyReport();
            foreach (StageResult result in results)
            {
                (long job, int stageMask) = Job(db, result.JobId);
                foreach (StageResultEntry entry in result.Entries)
                {
                    report += applier.Apply(job, stageMask, result, entry);
                }
            }

            return report;
        },
        cancellation);

    /// <inheritdoc />
    public Task RenewAsync(IReadOnlyList<ItemInHand> items, TimeSpan lease, CancellationToken cancellation) => writer.RunAsync(
        db =>
        {
            long until = Now + (long)lease.TotalMilliseconds;
            return items.Sum(i => db.Execute("UPDATE item SET lease_until = ? WHERE job = ? AND seq = ? AND state = 1", until, Job(db, i.JobId).No, i.Item));
        },
        cancellation);

    /// <inheritdoc />
    public Task<int> ReleaseAsync(string jobId, bool all, CancellationToken cancellation) => writer.RunAsync(
        db =>
        {
            (long job, _) = Job(db, jobId);
            long now = Now;
            int count = db.Execute(
                "UPDATE item SET state = 0, lease_until = NULL, updated_at = ?1 WHERE job = ?2 AND state = 1 AND lease_until <= ?3", now, job, all ? long.MaxValue : now);
            Counters.Move(db, job, ItemState.InFlight, ItemState.Pending, count);
            if (all)
            {
                db.Execute("DELETE FROM outbox WHERE job = ?", job);
            }

            return count;
        },
        cancellation);

    /// <inheritdoc />
    public Task CancelAsync(string jobId, CancellationToken cancellation) => writer.RunAsync(
        db =>
        {
            (long job, _) = Job(db, jobId);
            long now = Now;
            db.Execute("UPDATE job SET state = 5, epoch = epoch + 1, finished_at = ? WHERE no = ? AND state < 5", now, job);
            foreach (ItemState state in new[] { ItemState.Pending, ItemState.InFlight, ItemState.WaitingRetry })
            {
                int count = db.Execute("UPDATE item SET state = 6, epoch = epoch + 1, lease_until = NULL, next_at = NULL, updated_at = ? WHERE job = ? AND state = ?", now, job, (int)state);
                Counters.Move(db, job, state, ItemState.Cancelled, count);
            }

            db.Execute("DELETE FROM outbox WHERE job = ?", job);
            return true;
        },
        cancellation);

    /// <inheritdoc />
    public Task SetPausedAsync(string jobId, bool paused, CancellationToken cancellation) => writer.RunAsync(
        db => db.Execute("UPDATE job SET state = ? WHERE no = ? AND state = ?", paused ? 3 : 2, Job(db, jobId).No, paused ? 2 : 3), cancellation);

    /// <inheritdoc />
    public Task<int> ReplayAsync(string jobId, string? fingerprint, CancellationToken cancellation) => writer.RunAsync(
        db =>
        {
            (long job, _) = Job(db, jobId);
            return new Replays(db, Now).Open(job, fingerprint);
        },
        cancellation);

    /// <inheritdoc />
    public Task<JobState> FinishJobAsync(string jobId, CancellationToken cancellation) => writer.RunAsync(
        db =>
        {
            (long job, _) = Job(db, jobId);
            JobProgress progress = LedgerReader.Progress(db, job, JobState.Running);
            if (progress.Open == 0)
            {
                bool clean = progress.Count(ItemState.Quarantined) + progress.Count(ItemState.Failed) == 0;
                db.Execute("UPDATE job SET state = ?, finished_at = ? WHERE no = ? AND state IN (1, 2, 3)", (int)(clean ? JobState.Done : JobState.DoneWithErrors), Now, job);
            }

            return (JobState)db.Scalar("SELECT state FROM job WHERE no = ?", job)!.Value;
        },
        cancellation);

    /// <inheritdoc />
    public Task<JobProgress> ProgressAsync(string jobId, CancellationToken cancellation) => Read(
        db =>
        {
            (long job, _) = Job(db, jobId);
            return LedgerReader.Progress(db, job, (JobState)db.Scalar("SELECT state FROM job WHERE no = ?", job)!.Value);
        },
        cancellation);

    /// <inheritdoc />
    public Task<DateTimeOffset?> NextRetryAsync(string jobId, CancellationToken cancellation) => Read(
        db => db.Scalar("SELECT min(next_at) FROM item WHERE job = ? AND state = 2", Job(db, jobId).No) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : (DateTimeOffset?)null,
        cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<ErrorSummary>> ErrorsAsync(string jobId, int limit, CancellationToken cancellation) =>
        Read(db => LedgerReader.Errors(db, Job(db, jobId).No, limit), cancellation);

    /// <inheritdoc />
    public async IAsyncEnumerable<ItemReport> ItemsAsync(string jobId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (long from = 0; ; from += PageItems)
        {
            long start = from;
            List<ItemReport> page = await Read(db => LedgerReader.Page(db, Job(db, jobId).No, start, PageItems), cancellation).ConfigureAwait(false);
            if (page.Count == 0)
            {
                yield break;
            }

            foreach (ItemReport item in page)
            {
                yield return item;
            }
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        // The writer last: the last connection folds the log into the file, and only a writing one can.
        lock (reading)
        {
            reader.Dispose();
        }

        writer.Dispose();

        return ValueTask.CompletedTask;
    }

    private Task<T> Read<T>(Func<SqliteConnection, T> query, CancellationToken cancellation) => Task.Run(
        () =>
        {
            lock (reading)
            {
                return query(reader);
            }
        },
        cancellation);

    private (long No, int StageMask) Job(SqliteConnection db, string jobId)
    {
        if (jobs.TryGetValue(jobId, out (long No, int StageMask) known))
        {
            return known;
        }

        List<(long No, int StageMask)> rows = db.Query("SELECT no, stage_mask FROM job WHERE id = ?", r => (r.Long(0), r.Int(1)), jobId);
        return rows.Count == 1
            ? jobs[jobId] = rows[0]
            : throw new LedgerException(ErrorCodes.Ledger, FaultClass.Poison, $"the ledger knows no job '{jobId}'");
    }

    private static (string Digest, JobInfo Job) ReadJob(SqliteRow r) =>
        (r.Text(0), new JobInfo(r.Text(1), (JobState)r.Int(2), r.Int(3), r.Int(4), r.Int(5), r.Long(6), r.Long(7)));
}
