using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Takes items for dispatch: suspects, then due retries, then pending items in the order of the manifest, whole pictures at a time.</summary>
internal sealed class Claims(SqliteConnection db, RetryPolicy retry, long now)
{
    private const string Columns = "seq, picture, emotion, intensity, variant, seed, attempt, epoch, crashes, state";
    private const string DueSuspects = "job = ? AND crashes > 0 AND (state = 0 OR (state = 2 AND next_at <= ?))";
    private readonly List<OutboxMessage> messages = [];

    public IReadOnlyList<OutboxMessage> Take(string jobId, long job, int credits, bool oversize, TimeSpan lease, Func<PictureDispatch, byte[]> body)
    {
        long leaseUntil = now + (long)lease.TotalMilliseconds;
        credits -= TakeSuspects(jobId, job, credits, leaseUntil, body);
        long lastPending = -1;
        long lastDue = -1;
        while (credits > 0)
        {
            (ItemState state, long? picture) = (ItemState.WaitingRetry, NextDue(job, lastDue));
            if (picture is null)
            {
                (state, picture) = (ItemState.Pending, db.Scalar("SELECT min(picture) FROM item WHERE job = ? AND state = 0 AND crashes = 0 AND picture > ?", job, lastPending));
            }

            if (picture is not { } number)
            {
                break;
            }

            List<Row> rows = Rows(job, number, state);
            if (rows.Count > credits && !(oversize && messages.Count == 0))
            {
                break;
            }

            Claim(job, rows, leaseUntil);
            Announce(jobId, job, number, rows, body);
            credits -= rows.Count;
            (lastDue, lastPending) = state == ItemState.WaitingRetry ? (number, lastPending) : (lastDue, number);
        }

        return messages;
    }

    private int TakeSuspects(string jobId, long job, int credits, long leaseUntil, Func<PictureDispatch, byte[]> body)
    {
        long free = retry.SuspectsInFlight - db.Scalar("SELECT count(*) FROM item WHERE job = ? AND crashes > 0 AND state = 1", job)!.Value;
        if (free <= 0)
        {
            return 0;
        }

        List<Row> suspects = db.Query($"SELECT {Columns} FROM item WHERE {DueSuspects} ORDER BY seq LIMIT ?", Read, job, now, Math.Min(free, credits));
        foreach (Row suspect in suspects)
        {
            Claim(job, [suspect], leaseUntil);
            Announce(jobId, job, suspect.Picture, [suspect], body);
        }

        return suspects.Count;
    }

    private long? NextDue(long job, long after) =>
        db.Scalar("SELECT min(picture) FROM item WHERE job = ? AND state = 2 AND next_at <= ? AND crashes = 0 AND picture > ?", job, now, after);

    private List<Row> Rows(long job, long picture, ItemState state) => state == ItemState.Pending
        ? db.Query($"SELECT {Columns} FROM item WHERE job = ? AND picture = ? AND state = 0 AND crashes = 0 ORDER BY seq", Read, job, picture)
        : db.Query($"SELECT {Columns} FROM item WHERE job = ? AND picture = ? AND state = 2 AND next_at <= ? AND crashes = 0 ORDER BY seq", Read, job, picture, now);

    private void Claim(long job, List<Row> rows, long leaseUntil)
    {
        foreach (Row row in rows)
        {
            db.Execute("UPDATE item SET state = 1, lease_until = ?, next_at = NULL, updated_at = ? WHERE job = ? AND seq = ?", leaseUntil, now, job, row.Item.Item);
        }

        foreach (IGrouping<ItemState, Row> group in rows.GroupBy(r => r.State))
        {
            Counters.Move(db, job, group.Key, ItemState.InFlight, group.Count());
        }
    }

    private void Announce(string jobId, long job, long picture, List<Row> rows, Func<PictureDispatch, byte[]> body)
    {
        (string Uri, string? Sha, string Line) source = db.Query(
            "SELECT source_uri, source_sha256, line_json FROM picture WHERE job = ? AND picture = ?", r => (r.Text(0), r.TextOrNull(1), r.Text(2)), job, picture).Single();
        foreach (Row[] group in rows.GroupBy(r => (r.Attempt, r.Epoch)).SelectMany(g => g.Chunk(JobRules.MaxItemsInMessage)))
        {
            Row first = group[0];
            var dispatch = new PictureDispatch(jobId, picture, source.Uri, source.Sha, source.Line, first.Attempt, first.Epoch, [.. group.Select(r => r.Item)]) { Suspect = first.Crashes > 0 };
            byte[] bytes = body(dispatch);
            db.Execute("INSERT INTO outbox(job, kind, body, created_at) VALUES(?, 'stage-work', ?, ?)", job, bytes, now);
            messages.Add(new OutboxMessage(db.LastId(), jobId, bytes));
        }
    }

    private static Row Read(SqliteRow r) =>
        new(new DispatchItem(r.Long(0), r.Text(2), r.Double(3), r.Int(4), r.Long(5)), r.Long(1), r.Int(6), r.Int(7), r.Int(8), (ItemState)r.Int(9));

    private sealed record Row(DispatchItem Item, long Picture, int Attempt, int Epoch, int Crashes, ItemState State);
}
