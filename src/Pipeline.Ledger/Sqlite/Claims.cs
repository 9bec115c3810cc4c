namespace Pipeline.Ledger.Sqlite;

/// <summary>Takes items for dispatch: due retries first, then pending items in the order of the manifest, whole pictures at a time.</summary>
internal sealed class Claims(SqliteConnection db, long now)
{
    // A message with more items could pass the 16 kB that a message may have.
    private const int MaxItemsInMessage = 24;
    private const string Columns = "seq, picture, emotion, intensity, variant, seed, attempt, epoch";

    public IReadOnlyList<OutboxMessage> Take(string jobId, long job, int credits, bool oversize, TimeSpan lease, Func<PictureDispatch, byte[]> body)
    {
        var messages = new List<OutboxMessage>();
        long lastPending = -1;
        long lastDue = -1;
        while (credits > 0)
        {
            (ItemState state, long? picture) = (ItemState.WaitingRetry, NextDue(job, lastDue));
            if (picture is null)
            {
                (state, picture) = (ItemState.Pending, db.Scalar("SELECT min(picture) FROM item WHERE job = ? AND state = 0 AND picture > ?", job, lastPending));
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

            Claim(job, number, state, now + (long)lease.TotalMilliseconds);
            Counters.Move(db, job, state, ItemState.InFlight, rows.Count);
            messages.AddRange(Announce(jobId, job, number, rows, body));
            credits -= rows.Count;
            (lastDue, lastPending) = state == ItemState.WaitingRetry ? (number, lastPending) : (lastDue, number);
        }

        return messages;
    }

    private long? NextDue(long job, long after) => db.Scalar("SELECT min(picture) FROM item WHERE job = ? AND state = 2 AND next_at <= ? AND picture > ?", job, now, after);

    private List<Row> Rows(long job, long picture, ItemState state) => state == ItemState.Pending
        ? db.Query($"SELECT {Columns} FROM item WHERE job = ? AND picture = ? AND state = 0 ORDER BY seq", Read, job, picture)
        : db.Query($"SELECT {Columns} FROM item WHERE job = ? AND picture = ? AND state = 2 AND next_at <= ? ORDER BY seq", Read, job, picture, now);

    private void Claim(long job, long picture, ItemState state, long leaseUntil)
    {
        const string set = "UPDATE item SET state = 1, lease_until = ?1, next_at = NULL, updated_at = ?2 WHERE job = ?3 AND picture = ?4";
        if (state == ItemState.Pending)
        {
            db.Execute($"{set} AND state = 0", leaseUntil, now, job, picture);
        }
        else
        {
            db.Execute($"{set} AND state = 2 AND next_at <= ?2", leaseUntil, now, job, picture);
        }
    }

    private IEnumerable<OutboxMessage> Announce(string jobId, long job, long picture, List<Row> rows, Func<PictureDispatch, byte[]> body)
    {
        (string Uri, string? Sha, string Line) source = db.Query(
            "SELECT source_uri, source_sha256, line_json FROM picture WHERE job = ? AND picture = ?", r => (r.Text(0), r.TextOrNull(1), r.Text(2)), job, picture).Single();
        foreach (Row[] group in rows.GroupBy(r => (r.Attempt, r.Epoch)).SelectMany(g => g.Chunk(MaxItemsInMessage)))
        {
            var dispatch = new PictureDispatch(jobId, picture, source.Uri, source.Sha, source.Line, group[0].Attempt, group[0].Epoch, [.. group.Select(r => r.Item)]);
            byte[] bytes = body(dispatch);
            db.Execute("INSERT INTO outbox(job, kind, body, created_at) VALUES(?, 'stage-work', ?, ?)", job, bytes, now);
            yield return new OutboxMessage(db.LastId(), jobId, bytes);
        }
    }

    private static Row Read(SqliteRow r) => new(new DispatchItem(r.Long(0), r.Text(2), r.Double(3), r.Int(4), r.Long(5)), r.Int(6), r.Int(7));

    private sealed record Row(DispatchItem Item, int Attempt, int Epoch);
}
