using System.Numerics;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Reading queries, on a connection of their own, so that they never wait for the writer.</summary>
internal static class LedgerReader
{
    public static JobProgress Progress(SqliteConnection db, long job)
    {
        List<(string Stage, StageOutcome Outcome, long Count, long ComputeMs)> outcomes = db.Query(
            "SELECT stage, outcome, n, compute_ms FROM stage_counter WHERE job = ? AND n <> 0", r => (StageNames.All[r.Int(0)], (StageOutcome)r.Int(1), r.Long(2), r.Long(3)), job);
        (JobState state, long spentMs) = db.Query("SELECT state, spent_ms FROM job WHERE no = ?", r => ((JobState)r.Int(0), r.Long(1)), job).Single();
        return new JobProgress
        {
            State = state,
            Items = db.Query("SELECT state, n FROM item_counter WHERE job = ? AND n <> 0", r => ((ItemState)r.Int(0), r.Long(1)), job).ToDictionary(r => r.Item1, r => r.Item2),
            Stages = outcomes.ToDictionary(o => (o.Stage, o.Outcome), o => o.Count),
            ComputeMs = outcomes.ToDictionary(o => (o.Stage, o.Outcome), o => o.ComputeMs),
            Backlog = db.Query("SELECT stage, n FROM backlog WHERE job = ? AND n <> 0", r => (StageNames.All[r.Int(0)], r.Long(1)), job).ToDictionary(r => r.Item1, r => r.Item2),
            SpentSeconds = spentMs / 1000.0,
        };
    }

    public static IReadOnlyList<ErrorSummary> Errors(SqliteConnection db, long job, int limit) => db.Query(
        "SELECT fingerprint, code, stage, type, message, items, occurrences FROM error_cause WHERE job = ? ORDER BY items DESC, fingerprint, stage LIMIT ?",
        r => new ErrorSummary(r.Text(0), r.Text(1), StageNames.All[r.Int(2)], r.TextOrNull(3), r.Text(4), r.Long(5), r.Long(6)), job, limit);

    /// <summary>The next items that pass a filter, in order, from a number on.</summary>
    public static List<ItemReport> Page(SqliteConnection db, long job, long from, int count, ItemFilter filter)
    {
        string states = filter.States is null ? "" : $" AND i.state IN ({string.Join(",", filter.States.Select(s => (int)s))})";
        string cause = filter.Fingerprint is null ? " AND ?3 IS NULL" : " AND i.seq IN (SELECT seq FROM error WHERE job = ?1 AND fingerprint = ?3)";
        List<(ItemReport Item, int Failed)> items = db.Query(
            $"""
            SELECT i.seq, i.picture, p.id, p.line_json, i.emotion, i.intensity, i.variant, i.seed, i.state, i.attempt, i.epoch, i.crashes, i.failed
            FROM item i JOIN picture p ON p.job = i.job AND p.picture = i.picture WHERE i.job = ?1 AND i.seq >= ?2{cause}{states} ORDER BY i.seq LIMIT ?4
            """,
            r => (Read(r), r.Int(12)), job, from, filter.Fingerprint, count);
        string numbers = $"[{string.Join(",", items.Select(i => i.Item.Item))}]";
        ILookup<long, StageRow> stages = Stages(db, job, numbers);
        ILookup<long, (int Stage, ItemFailure Failure)> errors = db.Query(
            "SELECT seq, stage, code, message, fingerprint FROM error WHERE job = ? AND seq IN (SELECT value FROM json_each(?)) ORDER BY last_at DESC, id DESC",
            r => (r.Long(0), (r.Int(1), new ItemFailure(StageNames.All[r.Int(1)], r.Text(2), r.Text(3), r.Text(4)))), job, numbers)
            .ToLookup(r => r.Item1, r => r.Item2);
        return [.. items.Select(i => i.Item with { Stages = stages[i.Item.Item].ToDictionary(s => s.Stage), Failure = Failure(errors[i.Item.Item], i.Failed) })];
    }

    private static ILookup<long, StageRow> Stages(SqliteConnection db, long job, string numbers) => db.Query(
        "SELECT seq, stage, outcome, work_key, worker, device, compute_ms FROM item_stage WHERE job = ? AND seq IN (SELECT value FROM json_each(?))",
        r => (r.Long(0), new StageRow(StageNames.All[r.Int(1)], (StageOutcome)r.Int(2), r.TextOrNull(3), r.TextOrNull(4), r.TextOrNull(5), r.Long(6))), job, numbers)
        .ToLookup(r => r.Item1, r => r.Item2);

    private static ItemReport Read(SqliteRow r) => new()
    {
        Item = r.Long(0), Picture = r.Long(1), PictureId = r.Text(2), LineJson = r.Text(3), Emotion = r.Text(4), Intensity = r.Double(5), Variant = r.Int(6), Seed = r.Long(7),
        State = (ItemState)r.Int(8), Attempt = r.Int(9), Epoch = r.Int(10), Crashes = r.Int(11), Stages = new Dictionary<string, StageRow>(),
    };

    private static ItemFailure? Failure(IEnumerable<(int Stage, ItemFailure Failure)> errors, int failed)
    {
        int stage = failed == 0 ? -1 : BitOperations.TrailingZeroCount(failed);
        return errors.Where(e => e.Stage == stage).Select(e => e.Failure).FirstOrDefault();
    }
}
