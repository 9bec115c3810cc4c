using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Keeps the counters beside the rows that they count, inside the caller's transaction.</summary>
internal static class Counters
{
    /// <summary>Writes all changes of a transaction.</summary>
    public static void Write(SqliteConnection db, CounterDeltas deltas)
    {
        foreach ((long job, ItemState state, long count) in deltas.Items)
        {
            Item(db, job, state, count);
        }

        foreach ((long job, int stage, StageOutcome outcome, long count, long computeMs) in deltas.Outcomes)
        {
            db.Execute(
                """
                INSERT INTO stage_counter(job, stage, outcome, n, compute_ms) VALUES(?1, ?2, ?3, ?4, ?5)
                ON CONFLICT(job, stage, outcome) DO UPDATE SET n = n + ?4, compute_ms = compute_ms + ?5
                """,
                job, stage, (int)outcome, count, computeMs);
        }

        foreach ((long job, int stage, long count) in deltas.Backlog)
        {
            db.Execute("INSERT INTO backlog(job, stage, n) VALUES(?1, ?2, ?3) ON CONFLICT(job, stage) DO UPDATE SET n = n + ?3", job, stage, count);
        }

        foreach ((long job, long ms) in deltas.SpentMs)
        {
            db.Execute("UPDATE job SET spent_ms = spent_ms + ? WHERE no = ?", ms, job);
        }
    }

    public static void Move(SqliteConnection db, long job, ItemState from, ItemState to, long count)
    {
        if (from != to && count != 0)
        {
            Item(db, job, from, -count);
            Item(db, job, to, count);
        }
    }

    private static void Item(SqliteConnection db, long job, ItemState state, long delta) =>
        db.Execute("INSERT INTO item_counter(job, state, n) VALUES(?1, ?2, ?3) ON CONFLICT(job, state) DO UPDATE SET n = n + ?3", job, (int)state, delta);
}
