using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Deletes an ended job in pieces, so that other jobs' changes get in between.</summary>
internal sealed class Deletion(SqliteConnection db)
{
    /// <summary>Most items of a piece.</summary>
    public const int Piece = 10_000;

    /// <summary>Marks the job as being deleted; returns its size, or null where it is gone.</summary>
    public (long No, long Items, long Pictures)? Begin(string jobId)
    {
        List<(long No, JobState State, long Items, long Pictures)> rows = db.Query(
            "SELECT no, state, items, pictures FROM job WHERE id = ?", r => (r.Long(0), (JobState)r.Int(1), r.Long(2), r.Long(3)), jobId);
        if (rows is not [var job])
        {
            return null;
        }

        if (job.State < JobState.Cancelled)
        {
            throw JobRules.NotEnded(jobId, job.State);
        }

        db.Execute("UPDATE job SET state = 9 WHERE no = ?", job.No);
        return (job.No, job.Items, job.Pictures);
    }

    /// <summary>Deletes what belongs to the items or pictures of a range of numbers.</summary>
    public int DeleteRange(long job, long from)
    {
        long to = from + Piece;
        db.Execute("DELETE FROM item_stage WHERE job = ? AND seq >= ? AND seq < ?", job, from, to);
        db.Execute("DELETE FROM error WHERE job = ? AND seq >= ? AND seq < ?", job, from, to);
        db.Execute("DELETE FROM picture WHERE job = ? AND picture >= ? AND picture < ?", job, from, to);
        return db.Execute("DELETE FROM item WHERE job = ? AND seq >= ? AND seq < ?", job, from, to);
    }

    /// <summary>Deletes the rest, the job last.</summary>
    public int End(long job)
    {
        foreach (string table in new[] { "item_counter", "stage_counter", "backlog", "error_cause", "job_event", "outbox" })
        {
            db.Execute($"DELETE FROM {table} WHERE job = ?", job);
        }

        return db.Execute("DELETE FROM job WHERE no = ?", job);
    }
}
