using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Opens failed items again, with a new epoch. A suspect stays one: it is run alone again.</summary>
internal sealed class Replays(SqliteConnection db, long now)
{
    private readonly CounterDeltas counters = new();

    /// <summary>Opens the selected items; returns their number.</summary>
    public int Open(long job, int stageMask, ReplaySelection selection)
    {
        List<Row> items = Select(job, selection);
        foreach (Row item in items)
        {
            int succeeded = ForgetFailures(job, item.Seq);
            db.Execute(
                """
                UPDATE item SET state = 0, resolved = ?, failed = 0, exhausted = 0, attempt = 0, crashes = min(crashes, 1), epoch = epoch + 1, next_at = NULL, updated_at = ?
                WHERE job = ? AND seq = ?
                """,
                succeeded, now, job, item.Seq);
            counters.Move(job, item.State, ItemState.Pending, 1);
            counters.Needed(job, stageMask & ~succeeded, 1);
        }

        Counters.Write(db, counters);
        db.Execute("UPDATE job SET state = 2, finished_at = NULL WHERE no = ? AND state IN (6, 7) AND ? > 0", job, items.Count);
        return items.Count;
    }

    /// <summary>Opens done items with all of their stages; returns their number.</summary>
    public int Reopen(long job, int stageMask, IReadOnlyCollection<long> items)
    {
        int opened = 0;
        foreach (long seq in items.Distinct().Order())
        {
            if (db.Execute("UPDATE item SET state = 0, resolved = 0, attempt = 0, epoch = epoch + 1, next_at = NULL, updated_at = ? WHERE job = ? AND seq = ? AND state = 3", now, job, seq) == 0)
            {
                continue;
            }

            opened++;
            List<(int Stage, StageOutcome Outcome, long ComputeMs)> stages = db.Query(
                "SELECT stage, outcome, compute_ms FROM item_stage WHERE job = ? AND seq = ?", r => (r.Int(0), (StageOutcome)r.Int(1), r.Long(2)), job, seq);
            stages.ForEach(s => counters.Outcome(job, s.Stage, s.Outcome, -1, -s.ComputeMs));
            db.Execute("DELETE FROM item_stage WHERE job = ? AND seq = ?", job, seq);
        }

        counters.Move(job, ItemState.Done, ItemState.Pending, opened);
        counters.Needed(job, stageMask, opened);
        Counters.Write(db, counters);
        db.Execute("UPDATE job SET state = 2, finished_at = NULL WHERE no = ? AND state IN (6, 7) AND ? > 0", job, opened);
        return opened;
    }

    private List<Row> Select(long job, ReplaySelection selection)
    {
        const string select = "SELECT seq, state, failed FROM item WHERE job = ?1 AND state IN (4, 5) AND (?2 IS NULL OR seq IN (SELECT seq FROM error WHERE job = ?1 AND fingerprint = ?2))";
        List<Row> items = selection.Items is null
            ? db.Query(select, Read, job, selection.Fingerprint)
            : [.. selection.Items.Distinct().Order().SelectMany(i => db.Query($"{select} AND seq = ?3", Read, job, selection.Fingerprint, i))];
        if (selection.Stage is { } stage)
        {
            int bit = StageGraph.Bit(stage);
            items.RemoveAll(i => (i.Failed & -i.Failed) != bit); // the lowest bit is the earliest stage
        }

        return items;
    }

    // Succeeded stages stay resolved: only what failed, and what was settled with it, is opened again.
    private int ForgetFailures(long job, long seq)
    {
        int succeeded = 0;
        List<(int Stage, StageOutcome Outcome, long ComputeMs)> stages = db.Query(
            "SELECT stage, outcome, compute_ms FROM item_stage WHERE job = ? AND seq = ?", r => (r.Int(0), (StageOutcome)r.Int(1), r.Long(2)), job, seq);
        foreach ((int stage, StageOutcome outcome, long computeMs) in stages)
        {
            if (outcome is StageOutcome.Done or StageOutcome.Cached)
            {
                succeeded |= 1 << stage;
            }
            else
            {
                db.Execute("DELETE FROM item_stage WHERE job = ? AND seq = ? AND stage = ?", job, seq, stage);
                counters.Outcome(job, stage, outcome, -1, -computeMs);
            }
        }

        return succeeded;
    }

    private static Row Read(SqliteRow r) => new(r.Long(0), (ItemState)r.Int(1), r.Int(2));

    private sealed record Row(long Seq, ItemState State, int Failed);
}
