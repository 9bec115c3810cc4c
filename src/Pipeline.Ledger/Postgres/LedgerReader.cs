using System.Numerics;
using Npgsql;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Postgres;

/// <summary>Reading queries.</summary>
internal static class LedgerReader
{
    public static async Task<JobProgress> ProgressAsync(PostgresTransaction tx, long job)
    {
        // One statement, so that all counters are of one moment. Kinds: 0 the job, 1 items by state, 2 outcomes by stage, 3 open items by stage.
        List<(int Kind, short A, short B, long Count, long ComputeMs)> rows = await tx.QueryAsync(
            """
            SELECT 0, state, 0::smallint, spent_ms, 0::bigint FROM job WHERE no = $1
            UNION ALL SELECT 1, state, 0::smallint, n, 0 FROM item_counter WHERE job = $1 AND n <> 0
            UNION ALL SELECT 2, stage, outcome, n, compute_ms FROM stage_counter WHERE job = $1 AND n <> 0
            UNION ALL SELECT 3, stage, 0::smallint, n, 0 FROM backlog WHERE job = $1 AND n <> 0
            """,
            r => (r.GetInt32(0), r.GetInt16(1), r.GetInt16(2), r.GetInt64(3), r.GetInt64(4)), job).ConfigureAwait(false);
        var outcomes = rows.Where(r => r.Kind == 2).ToDictionary(r => (StageNames.All[r.A], (StageOutcome)r.B), r => (r.Count, r.ComputeMs));
        (_, short state, _, long spentMs, _) = rows.Single(r => r.Kind == 0);
        return new JobProgress
        {
            State = (JobState)state,
            Items = rows.Where(r => r.Kind == 1).ToDictionary(r => (ItemState)r.A, r => r.Count),
            Stages = outcomes.ToDictionary(o => o.Key, o => o.Value.Count),
            ComputeMs = outcomes.ToDictionary(o => o.Key, o => o.Value.ComputeMs),
            Backlog = rows.Where(r => r.Kind == 3).ToDictionary(r => StageNames.All[r.A], r => r.Count),
            SpentSeconds = spentMs / 1000.0,
        };
    }

    public static async Task<IReadOnlyList<ErrorSummary>> ErrorsAsync(PostgresTransaction tx, long job, int limit) => await tx.QueryAsync(
        "SELECT fingerprint, code, stage, type, message, items, occurrences FROM error_cause WHERE job = $1 ORDER BY items DESC, fingerprint, stage LIMIT $2",
        r => new ErrorSummary(r.Text(0), r.Text(1), StageNames.All[r.GetInt16(2)], r.TextOrNull(3), r.Text(4), r.GetInt64(5), r.GetInt64(6)), job, limit).ConfigureAwait(false);

    /// <summary>The next items that pass a filter, in order, from a number on.</summary>
    public static async Task<List<ItemReport>> PageAsync(PostgresTransaction tx, long job, long from, int count, ItemFilter filter)
    {
        List<(ItemReport Item, int Failed)> items = await tx.QueryAsync(
            """
            SELECT i.seq, i.picture, p.id, p.line_json, i.emotion, i.intensity, i.variant, i.seed, i.state, i.attempt, i.epoch, i.crashes, i.failed
            FROM item i JOIN picture p ON p.job = i.job AND p.picture = i.picture
            WHERE i.job = $1 AND i.seq >= $2 AND ($3::smallint[] IS NULL OR i.state = ANY($3))
            AND ($4::text IS NULL OR i.seq IN (SELECT seq FROM error WHERE job = $1 AND fingerprint = $4)) ORDER BY i.seq LIMIT $5
            """,
            r => (Read(r), (int)r.GetInt16(12)), job, from, filter.States?.Select(s => (short)s).ToArray(), PgText.In(filter.Fingerprint), count).ConfigureAwait(false);
        long[] numbers = [.. items.Select(i => i.Item.Item)];
        ILookup<long, StageRow> stages = (await tx.QueryAsync(
            "SELECT seq, stage, outcome, work_key, worker, device, compute_ms FROM item_stage WHERE job = $1 AND seq = ANY($2)",
            r => (r.GetInt64(0), new StageRow(StageNames.All[r.GetInt16(1)], (StageOutcome)r.GetInt16(2), r.TextOrNull(3), r.TextOrNull(4), r.TextOrNull(5), r.GetInt64(6))),
            job, numbers).ConfigureAwait(false)).ToLookup(r => r.Item1, r => r.Item2);
        ILookup<long, (int Stage, ItemFailure Failure)> errors = (await tx.QueryAsync(
            "SELECT seq, stage, code, message, fingerprint FROM error WHERE job = $1 AND seq = ANY($2) ORDER BY last_at DESC, id DESC",
            r => (r.GetInt64(0), ((int)r.GetInt16(1), new ItemFailure(StageNames.All[r.GetInt16(1)], r.Text(2), r.Text(3), r.Text(4)))),
            job, numbers).ConfigureAwait(false)).ToLookup(r => r.Item1, r => r.Item2);
        return [.. items.Select(i => i.Item with { Stages = stages[i.Item.Item].ToDictionary(s => s.Stage), Failure = Failure(errors[i.Item.Item], i.Failed) })];
    }

    private static ItemReport Read(NpgsqlDataReader r) => new()
    {
        Item = r.GetInt64(0), Picture = r.GetInt64(1), PictureId = r.Text(2), LineJson = r.Text(3), Emotion = r.Text(4), Intensity = r.GetDouble(5), Variant = r.GetInt32(6),
        Seed = r.GetInt64(7), State = (ItemState)r.GetInt16(8), Attempt = r.GetInt32(9), Epoch = r.GetInt32(10), Crashes = r.GetInt32(11), Stages = new Dictionary<string, StageRow>(),
    };

    private static ItemFailure? Failure(IEnumerable<(int Stage, ItemFailure Failure)> errors, int failed)
    {
        int stage = failed == 0 ? -1 : BitOperations.TrailingZeroCount(failed);
        return errors.Where(e => e.Stage == stage).Select(e => e.Failure).FirstOrDefault();
    }
}
