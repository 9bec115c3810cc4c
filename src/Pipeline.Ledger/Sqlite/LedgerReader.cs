using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Reading queries, on a connection of their own, so that they never wait for the writer.</summary>
internal static class LedgerReader
{
    public static JobProgress Progress(SqliteConnection db, long job, JobState state) => new()
    {
        State = state,
        Items = db.Query("SELECT state, n FROM item_counter WHERE job = ? AND n <> 0", r => ((ItemState)r.Int(0), r.Long(1)), job).ToDictionary(r => r.Item1, r => r.Item2),
        Stages = db.Query("SELECT stage, outcome, n FROM stage_counter WHERE job = ? AND n <> 0", r => ((StageNames.All[r.Int(0)], (StageOutcome)r.Int(1)), r.Long(2)), job)
            .ToDictionary(r => r.Item1, r => r.Item2),
    };

    public static IReadOnlyList<ErrorSummary> Errors(SqliteConnection db, long job, int limit) => db.Query(
        """
        SELECT fingerprint, code, stage, type, message, count(DISTINCT seq), sum(n), min(id) FROM error WHERE job = ?
        GROUP BY fingerprint, code, stage ORDER BY count(DISTINCT seq) DESC, fingerprint LIMIT ?
        """,
        r => new ErrorSummary(r.Text(0), r.Text(1), StageNames.All[r.Int(2)], r.TextOrNull(3), r.Text(4), r.Long(5), r.Long(6)), job, limit);

    /// <summary>One page of items in order, from a number on.</summary>
    public static List<ItemReport> Page(SqliteConnection db, long job, long from, int count)
    {
        long to = from + count;
        ILookup<long, StageRow> stages = db.Query(
            "SELECT seq, stage, outcome, work_key, worker, device, compute_ms FROM item_stage WHERE job = ? AND seq >= ? AND seq < ?",
            r => (r.Long(0), new StageRow(StageNames.All[r.Int(1)], (StageOutcome)r.Int(2), r.TextOrNull(3), r.TextOrNull(4), r.TextOrNull(5), r.Long(6))), job, from, to)
            .ToLookup(r => r.Item1, r => r.Item2);
        ILookup<long, (int Stage, ItemFailure Failure)> errors = db.Query(
            "SELECT seq, stage, code, message, fingerprint FROM error WHERE job = ? AND seq >= ? AND seq < ? ORDER BY last_at DESC, id DESC",
            r => (r.Long(0), (r.Int(1), new ItemFailure(StageNames.All[r.Int(1)], r.Text(2), r.Text(3), r.Text(4)))), job, from, to)
            .ToLookup(r => r.Item1, r => r.Item2);
        return db.Query(
            """
            SELECT i.seq, i.picture, p.id, p.line_json, i.emotion, i.intensity, i.variant, i.seed, i.state, i.attempt, i.failed
            FROM item i JOIN picture p ON p.job = i.job AND p.picture = i.picture WHERE i.job = ? AND i.seq >= ? AND i.seq < ? ORDER BY i.seq
            """,
            r => new ItemReport
            {
                Item = r.Long(0), Picture = r.Long(1), PictureId = r.Text(2), LineJson = r.Text(3), Emotion = r.Text(4), Intensity = r.Double(5), Variant = r.Int(6), Seed = r.Long(7),
                State = (ItemState)r.Int(8), Attempt = r.Int(9), Stages = stages[r.Long(0)].ToDictionary(s => s.Stage), Failure = Failure(errors[r.Long(0)], r.Int(10)),
            },
            job, from, to);
    }

    private static ItemFailure? Failure(IEnumerable<(int Stage, ItemFailure Failure)> errors, int failed)
    {
        int stage = failed == 0 ? -1 : System.Numerics.BitOperations.TrailingZeroCount(failed);
        return errors.Where(e => e.Stage == stage).Select(e => e.Failure).FirstOrDefault();
    }
}
