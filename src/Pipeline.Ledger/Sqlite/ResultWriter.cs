using System.Runtime.InteropServices;
using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Applies outcomes: reads the items that they name, lets <see cref="ResultBatch"/> decide, writes what has changed.</summary>
internal sealed class ResultWriter(SqliteConnection db, RetryPolicy retry, long now)
{
    private readonly ResultBatch batch = new(retry, now);
    private readonly Dictionary<(long Job, long Seq), ItemRow?> items = [];

    public ApplyReport Apply(IReadOnlyList<StageResult> results)
    {
        var report = new ApplyReport();
        foreach (StageResult result in results)
        {
            (long no, int stageMask) = db.Query("SELECT no, stage_mask FROM job WHERE id = ?", r => (r.Long(0), r.Int(1)), result.JobId).FirstOrDefault();
            foreach (StageResultEntry entry in result.Entries)
            {
                report += batch.Apply(no, stageMask, no == 0 ? null : Item(no, entry.Item), result, entry);
            }
        }

        WriteItems();
        WriteOutcomes();
        WriteErrors();
        Counters.Write(db, batch.Counters);
        return report;
    }

    private ItemRow? Item(long job, long seq)
    {
        ref ItemRow? row = ref CollectionsMarshal.GetValueRefOrAddDefault(items, (job, seq), out bool known);
        if (!known)
        {
            row = db.Query("SELECT state, epoch, resolved, failed, exhausted, attempt, crashes, next_at FROM item WHERE job = ? AND seq = ?", r => Read(r, seq), job, seq).FirstOrDefault();
        }

        return row;
    }

    private static ItemRow Read(SqliteRow r, long seq) => new()
    {
        Seq = seq, State = (ItemState)r.Int(0), Epoch = r.Int(1), Resolved = r.Int(2), Failed = r.Int(3), Exhausted = r.Int(4), Attempt = r.Int(5), Crashes = r.Int(6),
        NextAt = r.IsNull(7) ? null : r.Long(7),
    };

    private void WriteItems()
    {
        foreach ((long job, ItemRow item) in batch.Changed)
        {
            db.Execute(
                """
                UPDATE item SET state = ?1, resolved = ?2, failed = ?3, exhausted = ?4, attempt = ?5, crashes = ?6, updated_at = ?7,
                  next_at = CASE WHEN ?1 = 2 THEN ?8 END, lease_until = CASE WHEN ?1 = 1 THEN lease_until END
                WHERE job = ?9 AND seq = ?10
                """,
                (int)item.State, item.Resolved, item.Failed, item.Exhausted, item.Attempt, item.Crashes, now, item.NextAt ?? now, job, item.Seq);
        }
    }

    private void WriteOutcomes()
    {
        foreach (StageOutcomeRow row in batch.Outcomes)
        {
            StageResultEntry e = row.Entry;
            db.Execute(
                "INSERT INTO item_stage VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row.Job, e.Item, row.Stage, (int)e.Outcome, Text.CutOrNull(e.WorkKey, 200), Text.CutOrNull(row.Worker, 200), Text.CutOrNull(row.Device, 200), e.QueuedMs, e.DownloadMs,
                e.ComputeMs, e.UploadMs, e.BytesIn, e.BytesOut, now);
        }
    }

    private void WriteErrors()
    {
        foreach (ErrorRow error in batch.Errors)
        {
            ErrorKey key = error.Key;
            int isNew = db.Execute(
                """
                INSERT INTO error(job, seq, stage, attempt, code, fingerprint, type, message, first_at, last_at, n) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)
                ON CONFLICT(job, seq, stage, fingerprint) DO NOTHING
                """,
                key.Job, key.Seq, key.Stage, error.Attempt, error.Code, key.Fingerprint, error.Type, error.Message, now, error.Count);
            if (isNew == 0)
            {
                db.Execute(
                    "UPDATE error SET attempt = ?, message = ?, last_at = ?, n = n + ? WHERE job = ? AND seq = ? AND stage = ? AND fingerprint = ?",
                    error.Attempt, error.Message, now, error.Count, key.Job, key.Seq, key.Stage, key.Fingerprint);
            }

            db.Execute(
                """
                INSERT INTO error_cause(job, fingerprint, stage, code, type, message, items, occurrences, first_at, last_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
                ON CONFLICT(job, fingerprint, stage) DO UPDATE SET items = items + ?7, occurrences = occurrences + ?8, last_at = ?9
                """,
                key.Job, key.Fingerprint, key.Stage, error.Code, error.Type, error.Message, isNew, error.Count, now);
        }
    }
}
