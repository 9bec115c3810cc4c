using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Opens failed items again, with a new epoch.</summary>
internal sealed class Replays(SqliteConnection db, long now)
{
    /// <summary>Opens all, or those of one fingerprint; returns their number.</summary>
    public int Open(long job, string? fingerprint)
    {
        List<(long Seq, ItemState State)> items = db.Query(
            """
            SELECT seq, state FROM item WHERE job = ?1 AND state IN (4, 5)
            AND (?2 IS NULL OR seq IN (SELECT seq FROM error WHERE job = ?1 AND fingerprint = ?2))
            """,
            r => (r.Long(0), (ItemState)r.Int(1)), job, fingerprint);
        foreach ((long seq, ItemState state) in items)
        {
            ForgetFailures(job, seq);
            db.Execute("UPDATE item SET state = 0, failed = 0, attempt = 0, epoch = epoch + 1, next_at = NULL, updated_at = ? WHERE job = ? AND seq = ?", now, job, seq);
            Counters.Move(db, job, state, ItemState.Pending, 1);
        }

        db.Execute("UPDATE job SET state = 2, finished_at = NULL WHERE no = ? AND state IN (6, 7) AND ? > 0", job, items.Count);
        return items.Count;
    }

    // Succeeded stages stay resolved: only what failed, and what was settled with it, is opened again.
    private void ForgetFailures(long job, long seq)
    {
        List<(int Stage, StageOutcome Outcome)> failures = db.Query(
            "SELECT stage, outcome FROM item_stage WHERE job = ? AND seq = ? AND outcome NOT IN (0, 1)", r => (r.Int(0), (StageOutcome)r.Int(1)), job, seq);
        foreach ((int stage, StageOutcome outcome) in failures)
        {
            db.Execute("DELETE FROM item_stage WHERE job = ? AND seq = ? AND stage = ?", job, seq, stage);
            Counters.Stage(db, job, stage, outcome, -1);
        }

        long succeeded = db.Query("SELECT stage FROM item_stage WHERE job = ? AND seq = ?", r => 1 << r.Int(0), job, seq).Sum();
        db.Execute("UPDATE item SET resolved = ? WHERE job = ? AND seq = ?", succeeded, job, seq);
    }
}
