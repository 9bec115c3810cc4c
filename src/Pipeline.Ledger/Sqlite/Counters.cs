using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Keeps the counters beside the rows that they count, inside the caller's transaction.</summary>
internal static class Counters
{
    public static void Item(SqliteConnection db, long job, ItemState state, long delta) =>
        db.Execute("INSERT INTO item_counter(job, state, n) VALUES(?1, ?2, ?3) ON CONFLICT(job, state) DO UPDATE SET n = n + ?3", job, (int)state, delta);

    public static void Stage(SqliteConnection db, long job, int stage, StageOutcome outcome, long delta) =>
        db.Execute(
            "INSERT INTO stage_counter(job, stage, outcome, n) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(job, stage, outcome) DO UPDATE SET n = n + ?4",
            job, stage, (int)outcome, delta);

    public static void Move(SqliteConnection db, long job, ItemState from, ItemState to, long count)
    {
        if (from != to && count != 0)
        {
            Item(db, job, from, -count);
            Item(db, job, to, count);
        }
    }
}
