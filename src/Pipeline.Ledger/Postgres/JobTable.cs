using Npgsql;
using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Postgres;

/// <summary>Reads and writes rows of jobs and their events. Whoever changes a job or its items locks its row first, so that changes of one job come one after the other.</summary>
internal static class JobTable
{
    private const string Columns =
        "id, name, tenant, spec_digest, state, epoch, stage_mask, class, priority, weight, credits, budget_s, spent_ms, pictures, items, created_at, started_at, finished_at";

    /// <summary>Number and state of a job, locked until the transaction ends.</summary>
    public static async Task<JobRow> LockAsync(PostgresTransaction tx, string jobId) =>
        await FindRowAsync(tx, jobId, " FOR NO KEY UPDATE").ConfigureAwait(false) ?? throw JobRules.Unknown(jobId);

    /// <summary>Number and state of a job.</summary>
    public static async Task<JobRow> RequireAsync(PostgresTransaction tx, string jobId) => await FindRowAsync(tx, jobId, "").ConfigureAwait(false) ?? throw JobRules.Unknown(jobId);

    /// <summary>Locks several jobs, always in one order, so that two transactions never wait for each other.</summary>
    public static async Task<Dictionary<string, JobRow>> LockAsync(PostgresTransaction tx, IEnumerable<string> jobIds)
    {
        string[] ids = [.. jobIds.Distinct(StringComparer.Ordinal).Select(id => PgText.In(id))];
        List<(string Id, JobRow Job)> rows = await tx.QueryAsync(
            "SELECT id, no, stage_mask, state FROM job WHERE id = ANY($1) ORDER BY no FOR NO KEY UPDATE", r => (r.GetString(0), Row(r, 1)), (object)ids).ConfigureAwait(false);
        return rows.ToDictionary(r => r.Id, r => r.Job, StringComparer.Ordinal);
    }

    public static async Task<JobInfo?> FindAsync(PostgresTransaction tx, string jobId) =>
        (await tx.QueryAsync($"SELECT {Columns} FROM job WHERE id = $1", Read, PgText.In(jobId)).ConfigureAwait(false)).FirstOrDefault();

    public static async Task<IReadOnlyList<JobInfo>> ListAsync(PostgresTransaction tx, JobQuery query) => await tx.QueryAsync(
        $"SELECT {Columns} FROM job WHERE ($1::text IS NULL OR tenant = $1) AND ($2::smallint[] IS NULL OR state = ANY($2)) ORDER BY created_at DESC, no DESC LIMIT $3",
        Read, PgText.In(query.Tenant), query.States?.Select(s => (short)s).ToArray(), query.Limit).ConfigureAwait(false);

    public static async Task<JobInfo> OpenAsync(PostgresTransaction tx, NewJob job)
    {
        List<long> added = await tx.QueryAsync(
            """
            INSERT INTO job(id, tenant, name, spec_json, spec_digest, state, epoch, class, priority, weight, stage_mask, credits, budget_s, created_at)
            VALUES($1, $2, $3, $4, $5, 0, 0, $6, $7, $8, $9, $10, $11::double precision, $12) ON CONFLICT (id) DO NOTHING RETURNING no
            """,
            r => r.GetInt64(0), job.Id, PgText.In(job.Tenant), PgText.In(job.Name), PgText.In(job.SpecJson), PgText.In(job.SpecDigest), (short)job.Class, job.Priority, job.Weight,
            job.StageMask, job.Window, job.BudgetSeconds, tx.Now).ConfigureAwait(false);
        if (added.Count > 0)
        {
            await AddEventAsync(tx, added[0], JobEventKinds.Created, null).ConfigureAwait(false);
        }

        JobInfo? existing = await FindAsync(tx, job.Id).ConfigureAwait(false);
        if (existing is null or { State: JobState.Deleting })
        {
            throw JobRules.BeingDeleted(job.Id);
        }

        return existing.SpecDigest == job.SpecDigest ? existing : throw JobRules.OtherSpecification(job.Id);
    }

    public static async Task AdjustAsync(PostgresTransaction tx, long job, JobAdjustment change)
    {
        await tx.ExecuteAsync(
            """
            UPDATE job SET credits = coalesce($1::int, credits), priority = coalesce($2::int, priority), weight = coalesce($3::int, weight),
              budget_s = CASE WHEN $4::double precision IS NULL THEN budget_s WHEN $4 < 0 THEN NULL ELSE $4 END WHERE no = $5
            """,
            change.Window, change.Priority, change.Weight, change.BudgetSeconds, job).ConfigureAwait(false);
        await AddEventAsync(tx, job, JobEventKinds.Adjusted, change.ToString()).ConfigureAwait(false);
    }

    /// <summary>Ends a job with all its open items.</summary>
    public static async Task EndAsync(PostgresTransaction tx, long job, JobState state, string kind, string? reason)
    {
        int ended = await tx.ExecuteAsync("UPDATE job SET state = $1, epoch = epoch + 1, finished_at = $2 WHERE no = $3 AND state < 5", (short)state, tx.Now, job).ConfigureAwait(false);
        if (ended == 0)
        {
            return;
        }

        var counters = new CounterDeltas();
        foreach (ItemState open in new[] { ItemState.Pending, ItemState.InFlight, ItemState.WaitingRetry })
        {
            int count = await tx.ExecuteAsync(
                "UPDATE item SET state = 6, epoch = epoch + 1, lease_until = NULL, next_at = NULL, updated_at = $1 WHERE job = $2 AND state = $3", tx.Now, job, (short)open).ConfigureAwait(false);
            counters.Move(job, open, ItemState.Cancelled, count);
        }

        await tx.ExecuteAsync("DELETE FROM backlog WHERE job = $1", job).ConfigureAwait(false);
        await tx.ExecuteAsync("DELETE FROM outbox WHERE job = $1", job).ConfigureAwait(false);
        await Counters.WriteAsync(tx, counters).ConfigureAwait(false);
        await AddEventAsync(tx, job, kind, reason).ConfigureAwait(false);
    }

    public static async Task<JobState> FinishAsync(PostgresTransaction tx, JobRow job)
    {
        JobProgress progress = await LedgerReader.ProgressAsync(tx, job.No).ConfigureAwait(false);
        if (progress.Open == 0 && job.State is JobState.Ready or JobState.Running or JobState.Paused)
        {
            bool clean = progress.Count(ItemState.Quarantined) + progress.Count(ItemState.Failed) == 0;
            JobState state = clean ? JobState.Done : JobState.DoneWithErrors;
            await tx.ExecuteAsync("UPDATE job SET state = $1, finished_at = $2 WHERE no = $3", (short)state, tx.Now, job.No).ConfigureAwait(false);
            await AddEventAsync(tx, job.No, JobEventKinds.Finished, state.ToString()).ConfigureAwait(false);
            return state;
        }

        return job.State;
    }

    public static Task AddEventAsync(PostgresTransaction tx, long job, string kind, string? detail) => tx.ExecuteAsync(
        "INSERT INTO job_event(job, at, kind, detail) VALUES($1, $2, $3, $4::text)", job, tx.Now, PgText.In(Text.Cut(kind, 100)), PgText.In(Text.CutOrNull(detail, 2000)));

    public static async Task<IReadOnlyList<JobEvent>> EventsAsync(PostgresTransaction tx, long job, int limit)
    {
        List<JobEvent> events = await tx.QueryAsync(
            "SELECT at, kind, detail FROM job_event WHERE job = $1 ORDER BY id DESC LIMIT $2", r => new JobEvent(r.Time(0), r.Text(1), r.TextOrNull(2)), job, limit).ConfigureAwait(false);
        events.Reverse();
        return events;
    }

    private static async Task<JobRow?> FindRowAsync(PostgresTransaction tx, string jobId, string locking) =>
        (await tx.QueryAsync($"SELECT no, stage_mask, state FROM job WHERE id = $1{locking}", r => Row(r, 0), PgText.In(jobId)).ConfigureAwait(false)).FirstOrDefault();

    private static JobRow Row(NpgsqlDataReader r, int first) => new(r.GetInt64(first), r.GetInt32(first + 1), (JobState)r.GetInt16(first + 2));

    private static JobInfo Read(NpgsqlDataReader r) => new()
    {
        Id = r.Text(0), Name = r.Text(1), Tenant = r.Text(2), SpecDigest = r.Text(3), State = (JobState)r.GetInt16(4), Epoch = r.GetInt32(5), StageMask = r.GetInt32(6),
        Class = (WorkClass)r.GetInt16(7), Priority = r.GetInt32(8), Weight = r.GetInt32(9), Window = r.GetInt32(10), BudgetSeconds = r.IsDBNull(11) ? null : r.GetDouble(11),
        SpentSeconds = r.GetInt64(12) / 1000.0, ImportedPictures = r.GetInt64(13), ImportedItems = r.GetInt64(14), CreatedAt = r.Time(15), StartedAt = r.IsDBNull(16) ? null : r.Time(16),
        FinishedAt = r.IsDBNull(17) ? null : r.Time(17),
    };
}
