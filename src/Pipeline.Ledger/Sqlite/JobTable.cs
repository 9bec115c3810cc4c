using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Reads and writes rows of jobs and their events.</summary>
internal static class JobTable
{
    private const string Columns =
        "id, name, tenant, spec_digest, state, epoch, stage_mask, class, priority, weight, credits, budget_s, spent_ms, pictures, items, created_at, started_at, finished_at";

    /// <summary>Number and state of a job.</summary>
    public static JobRow Require(SqliteConnection db, string jobId) =>
        db.Query("SELECT no, stage_mask, state FROM job WHERE id = ?", r => new JobRow(r.Long(0), r.Int(1), (JobState)r.Int(2)), jobId) is [{ } job] ? job : throw JobRules.Unknown(jobId);

    public static JobInfo? Find(SqliteConnection db, string jobId) => db.Query($"SELECT {Columns} FROM job WHERE id = ?", Read, jobId).FirstOrDefault();

    public static IReadOnlyList<JobInfo> List(SqliteConnection db, JobQuery query)
    {
        string states = query.States is null ? "" : $" AND state IN ({string.Join(",", query.States.Select(s => (int)s))})";
        return db.Query($"SELECT {Columns} FROM job WHERE (?1 IS NULL OR tenant = ?1){states} ORDER BY created_at DESC, no DESC LIMIT ?2", Read, query.Tenant, query.Limit);
    }

    public static JobInfo Open(SqliteConnection db, NewJob job, long now)
    {
        int added = db.Execute(
            """
            INSERT INTO job(id, tenant, name, spec_json, spec_digest, state, epoch, class, priority, weight, stage_mask, credits, budget_s, created_at)
            VALUES(?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO NOTHING
            """,
            job.Id, job.Tenant, job.Name, job.SpecJson, job.SpecDigest, (int)job.Class, job.Priority, job.Weight, job.StageMask, job.Window, job.BudgetSeconds, now);
        if (added > 0)
        {
            AddEvent(db, db.LastId(), now, JobEventKinds.Created, null);
        }

        JobInfo existing = Find(db, job.Id)!;
        if (existing.State == JobState.Deleting)
        {
            throw JobRules.BeingDeleted(job.Id);
        }

        return existing.SpecDigest == job.SpecDigest ? existing : throw JobRules.OtherSpecification(job.Id);
    }

    public static void Adjust(SqliteConnection db, long job, JobAdjustment change, long now)
    {
        db.Execute(
            """
            UPDATE job SET credits = coalesce(?1, credits), priority = coalesce(?2, priority), weight = coalesce(?3, weight),
              budget_s = CASE WHEN ?4 IS NULL THEN budget_s WHEN ?4 < 0 THEN NULL ELSE ?4 END WHERE no = ?5
            """,
            change.Window, change.Priority, change.Weight, change.BudgetSeconds, job);
        AddEvent(db, job, now, JobEventKinds.Adjusted, change.ToString());
    }

    /// <summary>Ends a job with all its open items.</summary>
    public static void End(SqliteConnection db, long job, JobState state, string kind, string? reason, long now)
    {
        if (db.Execute("UPDATE job SET state = ?, epoch = epoch + 1, finished_at = ? WHERE no = ? AND state < 5", (int)state, now, job) == 0)
        {
            return;
        }

        foreach (ItemState open in new[] { ItemState.Pending, ItemState.InFlight, ItemState.WaitingRetry })
        {
            int count = db.Execute("UPDATE item SET state = 6, epoch = epoch + 1, lease_until = NULL, next_at = NULL, updated_at = ? WHERE job = ? AND state = ?", now, job, (int)open);
            Counters.Move(db, job, open, ItemState.Cancelled, count);
        }

        db.Execute("DELETE FROM backlog WHERE job = ?", job);
        db.Execute("DELETE FROM outbox WHERE job = ?", job);
        AddEvent(db, job, now, kind, reason);
    }

    public static JobState Finish(SqliteConnection db, long job, long now)
    {
        JobProgress progress = LedgerReader.Progress(db, job);
        if (progress.Open == 0)
        {
            bool clean = progress.Count(ItemState.Quarantined) + progress.Count(ItemState.Failed) == 0;
            JobState state = clean ? JobState.Done : JobState.DoneWithErrors;
            if (db.Execute("UPDATE job SET state = ?, finished_at = ? WHERE no = ? AND state IN (1, 2, 3)", (int)state, now, job) > 0)
            {
                AddEvent(db, job, now, JobEventKinds.Finished, state.ToString());
            }
        }

        return (JobState)db.Scalar("SELECT state FROM job WHERE no = ?", job)!.Value;
    }

    public static void AddEvent(SqliteConnection db, long job, long now, string kind, string? detail) =>
        db.Execute("INSERT INTO job_event(job, at, kind, detail) VALUES(?, ?, ?, ?)", job, now, Text.Cut(kind, 100), Text.CutOrNull(detail, 2000));

    public static IReadOnlyList<JobEvent> Events(SqliteConnection db, long job, int limit)
    {
        List<JobEvent> events = db.Query(
            "SELECT at, kind, detail FROM job_event WHERE job = ? ORDER BY id DESC LIMIT ?", r => new JobEvent(Time(r.Long(0)), r.Text(1), r.TextOrNull(2)), job, limit);
        events.Reverse();
        return events;
    }

    private static DateTimeOffset Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);

    private static JobInfo Read(SqliteRow r) => new()
    {
        Id = r.Text(0), Name = r.Text(1), Tenant = r.Text(2), SpecDigest = r.Text(3), State = (JobState)r.Int(4), Epoch = r.Int(5), StageMask = r.Int(6), Class = (WorkClass)r.Int(7),
        Priority = r.Int(8), Weight = r.Int(9), Window = r.Int(10), BudgetSeconds = r.IsNull(11) ? null : r.Double(11), SpentSeconds = r.Long(12) / 1000.0, ImportedPictures = r.Long(13),
        ImportedItems = r.Long(14), CreatedAt = Time(r.Long(15)), StartedAt = r.IsNull(16) ? null : Time(r.Long(16)), FinishedAt = r.IsNull(17) ? null : Time(r.Long(17)),
    };
}
