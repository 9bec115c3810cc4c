using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Postgres;

/// <summary>Opens failed items again, with a new epoch. A suspect stays one: it is run alone again.</summary>
internal sealed class Replays(PostgresTransaction tx)
{
    /// <summary>Opens the selected items; returns their number.</summary>
    public async Task<int> OpenAsync(JobRow job, ReplaySelection selection)
    {
        // The lowest bit of what failed is the earliest stage.
        List<(long Seq, short State)> items = await tx.QueryAsync(
            """
            SELECT seq, state FROM item WHERE job = $1 AND state IN (4, 5) AND ($2::text IS NULL OR seq IN (SELECT seq FROM error WHERE job = $1 AND fingerprint = $2))
            AND ($3::bigint[] IS NULL OR seq = ANY($3)) AND ($4::int IS NULL OR (failed::int & -failed::int) = $4)
            """,
            r => (r.GetInt64(0), r.GetInt16(1)), job.No, PgText.In(selection.Fingerprint), selection.Items?.ToArray(), selection.Stage is { } stage ? StageGraph.Bit(stage) : null).ConfigureAwait(false);
        if (items.Count == 0)
        {
            return 0;
        }

        long[] seqs = [.. items.Select(i => i.Seq)];
        var counters = new CounterDeltas();
        foreach (IGrouping<short, (long, short)> from in items.GroupBy(i => i.State))
        {
            counters.Move(job.No, (ItemState)from.Key, ItemState.Pending, from.Count());
        }

        await ForgetAsync(job.No, seqs, failuresOnly: true, counters).ConfigureAwait(false);
        long first = await OpenAsync(job, seqs, counters).ConfigureAwait(false);
        await WriteAsync(job, first, counters).ConfigureAwait(false);
        return items.Count;
    }

    /// <summary>Opens done items with all of their stages; returns their number.</summary>
    public async Task<int> ReopenAsync(JobRow job, IReadOnlyCollection<long> items)
    {
        List<(long Seq, long Picture)> opened = await tx.QueryAsync(
            """
            UPDATE item SET state = 0, resolved = 0, attempt = 0, epoch = epoch + 1, next_at = NULL, updated_at = $3
            WHERE job = $1 AND seq = ANY($2::bigint[]) AND state = 3 RETURNING seq, picture
            """,
            r => (r.GetInt64(0), r.GetInt64(1)), job.No, items.ToArray(), tx.Now).ConfigureAwait(false);
        if (opened.Count == 0)
        {
            return 0;
        }

        var counters = new CounterDeltas();
        counters.Move(job.No, ItemState.Done, ItemState.Pending, opened.Count);
        counters.Needed(job.No, job.StageMask, opened.Count);
        await ForgetAsync(job.No, [.. opened.Select(o => o.Seq)], failuresOnly: false, counters).ConfigureAwait(false);
        await WriteAsync(job, opened.Min(o => o.Picture), counters).ConfigureAwait(false);
        return opened.Count;
    }

    private Task WriteAsync(JobRow job, long firstPicture, CounterDeltas counters)
    {
        (string, object?[]) update = (
            """
            UPDATE job SET next_picture = least(next_picture, $1), finished_at = CASE WHEN state IN (6, 7) THEN NULL ELSE finished_at END, state = CASE WHEN state IN (6, 7) THEN 2 ELSE state END
            WHERE no = $2
            """,
            [firstPicture, job.No]);
        return tx.ExecuteAsync([update, .. Counters.Statements(counters)]);
    }

    private async Task ForgetAsync(long job, long[] seqs, bool failuresOnly, CounterDeltas counters)
    {
        List<(short Stage, short Outcome, long Count, long ComputeMs)> forgotten = await tx.QueryAsync(
            """
            WITH gone AS (DELETE FROM item_stage s USING unnest($2::bigint[]) AS u(seq) WHERE s.job = $1 AND s.seq = u.seq AND (NOT $3::bool OR s.outcome NOT IN (0, 1)) RETURNING s.stage, s.outcome, s.compute_ms)
            SELECT stage, outcome, count(*), sum(compute_ms)::bigint FROM gone GROUP BY stage, outcome
            """,
            r => (r.GetInt16(0), r.GetInt16(1), r.GetInt64(2), r.GetInt64(3)), job, seqs, failuresOnly).ConfigureAwait(false);
        foreach ((short stage, short outcome, long count, long computeMs) in forgotten)
        {
            counters.Outcome(job, stage, (StageOutcome)outcome, -count, -computeMs);
        }
    }

    // Succeeded stages stay resolved: only what failed, and what was settled with it, is opened again. Returns the first picture that has pending items again.
    private async Task<long> OpenAsync(JobRow job, long[] seqs, CounterDeltas counters)
    {
        List<(short Resolved, long Count, long First)> opened = await tx.QueryAsync(
            """
            WITH opened AS (
              UPDATE item i SET state = 0, failed = 0, exhausted = 0, attempt = 0, crashes = least(i.crashes, 1), epoch = i.epoch + 1, next_at = NULL, updated_at = $3,
                resolved = (SELECT coalesce(sum(1 << s.stage), 0) FROM item_stage s WHERE s.job = $1 AND s.seq = i.seq AND s.outcome IN (0, 1))
              FROM unnest($2::bigint[]) AS u(seq) WHERE i.job = $1 AND i.seq = u.seq RETURNING i.resolved, i.picture)
            SELECT resolved, count(*), min(picture) FROM opened GROUP BY resolved
            """,
            r => (r.GetInt16(0), r.GetInt64(1), r.GetInt64(2)), job.No, seqs, tx.Now).ConfigureAwait(false);
        foreach ((short resolved, long count, _) in opened)
        {
            counters.Needed(job.No, job.StageMask & ~resolved, count);
        }

        return opened.Min(o => o.First);
    }
}
