using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Takes items for dispatch: suspects, then due retries, then pending items in the order of the manifest, whole pictures at a time.</summary>
internal sealed class Claims(SqliteConnection db, RetryPolicy retry, long now, string jobId, long job, Func<PictureDispatch, byte[]> body)
{
    private const string Columns = "seq, picture, emotion, intensity, variant, seed, attempt, epoch, crashes, state";
    private const string Due = "job = ?1 AND state = 2 AND next_at <= ?2 AND crashes = 0";
    private const string Pending = "job = ?1 AND state = 0 AND crashes = 0 AND picture >= ?2";
    private readonly List<List<Row>> groups = [];

    public IReadOnlyList<OutboxMessage> Take(int credits, bool oversize, TimeSpan lease)
    {
        if (credits <= 0)
        {
            return [];
        }

        credits -= TakeSuspects(credits);
        (credits, bool all) = TakePictures(Due, now, credits, oversize);
        if (all && credits > 0)
        {
            TakePictures(Pending, 0, credits, oversize);
        }

        Claim(now + (long)lease.TotalMilliseconds);
        return [.. groups.SelectMany(Announce)];
    }

    private int TakeSuspects(int credits)
    {
        long free = retry.SuspectsInFlight - db.Scalar("SELECT count(*) FROM item WHERE job = ? AND crashes > 0 AND state = 1", job)!.Value;
        if (free <= 0)
        {
            return 0;
        }

        List<Row> suspects = db.Query(
            $"SELECT {Columns} FROM item WHERE job = ? AND crashes > 0 AND (state = 0 OR (state = 2 AND next_at <= ?)) ORDER BY seq LIMIT ?", Read, job, now, Math.Min(free, credits));
        groups.AddRange(suspects.Select(s => new List<Row> { s }));
        return suspects.Count;
    }

    // Whole pictures in order while they fit. Returns what is left of the credits, and whether everything of this kind was taken.
    private (int Credits, bool All) TakePictures(string condition, long limit, int credits, bool oversize)
    {
        if (credits <= 0)
        {
            return (credits, false);
        }

        List<Row> rows = db.Query($"SELECT {Columns} FROM item WHERE {condition} ORDER BY picture, seq LIMIT ?3", Read, job, limit, credits + 1L);
        bool all = rows.Count <= credits;
        if (!all)
        {
            long cut = rows[^1].Picture; // one row too many: this picture does not fit, or not whole
            if (rows[0].Picture == cut && oversize && groups.Count == 0)
            {
                rows = db.Query($"SELECT {Columns} FROM item WHERE {condition} AND picture = ?3 ORDER BY seq", Read, job, limit, cut);
            }
            else
            {
                rows.RemoveAll(r => r.Picture == cut);
            }
        }

        groups.AddRange(rows.GroupBy(r => r.Picture).Select(g => g.ToList()));
        return (credits - rows.Count, all);
    }

    private void Claim(long leaseUntil)
    {
        var counters = new CounterDeltas();
        foreach (Row row in groups.SelectMany(g => g))
        {
            db.Execute("UPDATE item SET state = 1, lease_until = ?, next_at = NULL, updated_at = ? WHERE job = ? AND seq = ?", leaseUntil, now, job, row.Item.Item);
            counters.Move(job, row.State, ItemState.InFlight, 1);
        }

        Counters.Write(db, counters);
    }

    private IEnumerable<OutboxMessage> Announce(List<Row> rows)
    {
        long picture = rows[0].Picture;
        (string Uri, string? Sha, string Line) source = db.Query(
            "SELECT source_uri, source_sha256, line_json FROM picture WHERE job = ? AND picture = ?", r => (r.Text(0), r.TextOrNull(1), r.Text(2)), job, picture).Single();
        foreach (Row[] group in rows.GroupBy(r => (r.Attempt, r.Epoch)).SelectMany(g => g.Chunk(JobRules.MaxItemsInMessage)))
        {
            Row first = group[0];
            var dispatch = new PictureDispatch(jobId, picture, source.Uri, source.Sha, source.Line, first.Attempt, first.Epoch, [.. group.Select(r => r.Item)]) { Suspect = first.Crashes > 0 };
            byte[] bytes = body(dispatch);
            db.Execute("INSERT INTO outbox(job, kind, body, created_at) VALUES(?, 'stage-work', ?, ?)", job, bytes, now);
            yield return new OutboxMessage(db.LastId(), jobId, bytes);
        }
    }

    private static Row Read(SqliteRow r) =>
        new(new DispatchItem(r.Long(0), r.Text(2), r.Double(3), r.Int(4), r.Long(5)), r.Long(1), r.Int(6), r.Int(7), r.Int(8), (ItemState)r.Int(9));

    private sealed record Row(DispatchItem Item, long Picture, int Attempt, int Epoch, int Crashes, ItemState State);
}
