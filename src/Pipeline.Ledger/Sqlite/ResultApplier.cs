using System.Numerics;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Sqlite;

/// <summary>
/// Applies one outcome to one item. An outcome counts if the item is open, the epoch is current and the stage is not resolved yet; everything else changes nothing, so outcomes may
/// come twice, late and in any order.
/// </summary>
internal sealed class ResultApplier(SqliteConnection db, RetryPolicy retry, long now)
{
    public ApplyReport Apply(long job, int stageMask, StageResult result, StageResultEntry entry)
    {
        int stage = StageGraph.IndexOf(result.Stage);
        int bit = 1 << stage;
        List<ItemRow> rows = db.Query(
            "SELECT state, epoch, resolved, failed, attempt FROM item WHERE job = ? AND seq = ?",
            r => new ItemRow((ItemState)r.Int(0), r.Int(1), r.Int(2), r.Int(3), r.Int(4)), job, entry.Item);
        if (rows is not [{ State: ItemState.Pending or ItemState.InFlight or ItemState.WaitingRetry } item] || item.Epoch != result.Epoch
            || (item.Resolved & bit) != 0 || (stageMask & bit) == 0)
        {
            return new ApplyReport { Ignored = 1 };
        }

        return entry.Outcome switch
        {
            StageOutcome.Done or StageOutcome.Cached => Resolve(job, stageMask, item, result, entry, stage, bit, failed: 0),
            StageOutcome.Transient => Retry(job, stageMask, item, result, entry, stage),
            StageOutcome.Poison or StageOutcome.Crash => Fail(job, stageMask, item, result, entry, stage),
            _ => new ApplyReport { Ignored = 1 },
        };
    }

    private ApplyReport Retry(long job, int stageMask, ItemRow item, StageResult result, StageResultEntry entry, int stage)
    {
        if (item.State != ItemState.InFlight || entry.Attempt != item.Attempt)
        {
            return new ApplyReport { Ignored = 1 };
        }

        if (retry.DelayAfter(item.Attempt) is not { } delay)
        {
            return Fail(job, stageMask, item, result, entry, stage);
        }

        WriteError(job, stage, entry);
        db.Execute(
            "UPDATE item SET state = 2, attempt = attempt + 1, next_at = ?, lease_until = NULL, updated_at = ? WHERE job = ? AND seq = ?",
            now + (long)delay.TotalMilliseconds, now, job, entry.Item);
        Counters.Move(db, job, item.State, ItemState.WaitingRetry, 1);
        return new ApplyReport { Applied = 1, Retried = 1 };
    }

    private ApplyReport Fail(long job, int stageMask, ItemRow item, StageResult result, StageResultEntry entry, int stage)
    {
        WriteError(job, stage, entry);
        int settled = StageGraph.WithDescendants(result.Stage) & stageMask & ~item.Resolved;
        return Resolve(job, stageMask, item, result, entry, stage, settled, failed: 1 << stage);
    }

    private ApplyReport Resolve(long job, int stageMask, ItemRow item, StageResult result, StageResultEntry entry, int stage, int settled, int failed)
    {
        db.Execute(
            "INSERT INTO item_stage VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            job, entry.Item, stage, (int)entry.Outcome, entry.WorkKey, result.WorkerId, result.Device, entry.QueuedMs, entry.DownloadMs, entry.ComputeMs, entry.UploadMs,
            entry.BytesIn, entry.BytesOut, now);
        Counters.Stage(db, job, stage, entry.Outcome, 1);

        int resolved = item.Resolved | settled;
        int allFailed = item.Failed | failed;
        ItemState state = (resolved & stageMask) == stageMask ? Final(job, entry.Item, allFailed) : item.State;
        db.Execute(
            "UPDATE item SET resolved = ?, failed = ?, state = ?, updated_at = ? WHERE job = ? AND seq = ?", resolved, allFailed, (int)state, now, job, entry.Item);
        Counters.Move(db, job, item.State, state, 1);
        bool ended = state != item.State;
        return new ApplyReport { Applied = 1, Done = ended && state == ItemState.Done ? 1 : 0, Failed = ended && state != ItemState.Done ? 1 : 0 };
    }

    // The earliest failed stage decides, whichever branch was reported first.
    private ItemState Final(long job, long seq, int failed)
    {
        if (failed == 0)
        {
            return ItemState.Done;
        }

        long? outcome = db.Scalar("SELECT outcome FROM item_stage WHERE job = ? AND seq = ? AND stage = ?", job, seq, BitOperations.TrailingZeroCount(failed));
        return outcome == (int)StageOutcome.Transient ? ItemState.Failed : ItemState.Quarantined;
    }

    private void WriteError(long job, int stage, StageResultEntry entry)
    {
        ItemError error = entry.Error ?? new ItemError { Code = "PIPE0000", Message = "the worker gave no reason", Fingerprint = "none" };
        string message = error.Message.Length > ItemError.MaxMessage ? error.Message[..ItemError.MaxMessage] : error.Message;
        db.Execute(
            """
            INSERT INTO error(job, seq, stage, attempt, code, fingerprint, type, message, first_at, last_at, n) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, 1)
            ON CONFLICT(job, seq, stage, fingerprint) DO UPDATE SET attempt = ?4, message = ?8, last_at = ?9, n = n + 1
            """,
            job, entry.Item, stage, entry.Attempt, error.Code, error.Fingerprint, error.Type, message, now);
    }

    private sealed record ItemRow(ItemState State, int Epoch, int Resolved, int Failed, int Attempt);
}
