using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Postgres;

/// <summary>Deletes an ended job in pieces, so that no transaction grows with the job.</summary>
internal static class Deletion
{
    /// <summary>Most items of a piece.</summary>
    public const int Piece = 50_000;

    /// <summary>Marks the job as being deleted; returns its size, or null where it is gone.</summary>
    public static async Task<(long No, long Items, long Pictures)?> BeginAsync(PostgresTransaction tx, string jobId)
    {
        List<(long No, JobState State, long Items, long Pictures)> rows = await tx.QueryAsync(
            "SELECT no, state, items, pictures FROM job WHERE id = $1 FOR NO KEY UPDATE", r => (r.GetInt64(0), (JobState)r.GetInt16(1), r.GetInt64(2), r.GetInt64(3)),
            PgText.In(jobId)).ConfigureAwait(false);
        if (rows is not [var job])
        {
            return null;
        }

        if (job.State < JobState.Cancelled)
        {
            throw JobRules.NotEnded(jobId, job.State);
        }

        await tx.ExecuteAsync("UPDATE job SET state = 9 WHERE no = $1", job.No).ConfigureAwait(false);
        return (job.No, job.Items, job.Pictures);
    }

    /// <summary>Deletes what belongs to the items or pictures of a range of numbers.</summary>
    public static async Task<bool> DeleteRangeAsync(PostgresTransaction tx, long job, long from)
    {
        await tx.ExecuteAsync(
        [
            .. new[] { ("item_stage", "seq"), ("error", "seq"), ("picture", "picture"), ("item", "seq") }
                .Select(t => ($"DELETE FROM {t.Item1} WHERE job = $1 AND {t.Item2} >= $2 AND {t.Item2} < $3", new object?[] { job, from, from + Piece })),
        ]).ConfigureAwait(false);
        return true;
    }

    /// <summary>Deletes the rest, the job last.</summary>
    public static async Task<bool> EndAsync(PostgresTransaction tx, long job)
    {
        await tx.ExecuteAsync(
        [
            .. new[] { "item_counter", "stage_counter", "backlog", "error_cause", "job_event", "outbox" }.Select(t => ($"DELETE FROM {t} WHERE job = $1", new object?[] { job })),
            ("DELETE FROM job WHERE no = $1", [job]),
        ]).ConfigureAwait(false);
        return true;
    }
}
