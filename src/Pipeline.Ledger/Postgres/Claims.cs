using Npgsql;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Postgres;

/// <summary>
/// Takes items for dispatch: suspects, then due retries, then pending items in the order of the manifest, whole pictures at a time. The job is locked, so no two processes take the same
/// item; a cursor in the job says below which picture nothing is pending, so that a claim does not walk over what was claimed before.
/// </summary>
internal sealed class Claims(PostgresTransaction tx, RetryPolicy retry, string jobId, long job, Func<PictureDispatch, byte[]> body)
{
    private const string Columns = "seq, picture, emotion, intensity, variant, seed, attempt, epoch, crashes, state";
    private readonly List<List<Row>> groups = [];

    public async Task<IReadOnlyList<OutboxMessage>> TakeAsync(int credits, bool oversize, TimeSpan lease)
    {
        if (credits <= 0)
        {
            return [];
        }

        credits -= await TakeSuspectsAsync(credits).ConfigureAwait(false);
        (credits, bool more) = await TakePicturesAsync("job = $1 AND state = 2 AND next_at <= $2 AND crashes = 0", tx.Now, credits, oversize).ConfigureAwait(false);
        long? cursor = null;
        if (more && credits > 0)
        {
            long from = (await tx.QueryAsync("SELECT next_picture FROM job WHERE no = $1", r => r.GetInt64(0), job).ConfigureAwait(false))[0];
            int before = groups.Count;
            await TakePicturesAsync("job = $1 AND state = 0 AND crashes = 0 AND picture >= $2", from, credits, oversize).ConfigureAwait(false);
            cursor = groups.Count > before ? groups[^1][0].Picture + 1 : null;
        }

        return groups.Count == 0 ? [] : await ClaimAsync(lease, cursor).ConfigureAwait(false);
    }

    private async Task<int> TakeSuspectsAsync(int credits)
    {
        List<Row> suspects = await tx.QueryAsync(
            $"""
            SELECT {Columns} FROM item WHERE job = $1 AND crashes > 0 AND (state = 0 OR (state = 2 AND next_at <= $2))
            ORDER BY seq LIMIT greatest(0, least($3, $4 - (SELECT count(*) FROM item WHERE job = $1 AND crashes > 0 AND state = 1)))
            """,
            Read, job, tx.Now, (long)credits, (long)retry.SuspectsInFlight).ConfigureAwait(false);
        groups.AddRange(suspects.Select(s => new List<Row> { s }));
        return suspects.Count;
    }

    // Whole pictures in order while they fit. Returns what is left of the credits, and whether everything of this kind was taken.
    private async Task<(int Credits, bool All)> TakePicturesAsync(string condition, long limit, int credits, bool oversize)
    {
        if (credits <= 0)
        {
            return (credits, false);
        }

        string select = $"SELECT {Columns} FROM item WHERE {condition}";
        List<Row> rows = await tx.QueryAsync($"{select} ORDER BY picture, seq LIMIT $3", Read, job, limit, credits + 1L).ConfigureAwait(false);
        bool all = rows.Count <= credits;
        if (!all)
        {
            long cut = rows[^1].Picture; // one row too many: this picture does not fit, or not whole
            if (rows[0].Picture == cut && oversize && groups.Count == 0)
            {
                rows = await tx.QueryAsync($"{select} AND picture = $3 ORDER BY seq", Read, job, limit, cut).ConfigureAwait(false);
            }
            else
            {
                rows.RemoveAll(r => r.Picture == cut);
            }
        }

        groups.AddRange(rows.GroupBy(r => r.Picture).Select(g => g.ToList()));
        return (credits - rows.Count, all);
    }

    private async Task<IReadOnlyList<OutboxMessage>> ClaimAsync(TimeSpan lease, long? cursor)
    {
        long[] seqs = [.. groups.SelectMany(g => g).Select(r => r.Item.Item)];
        Dictionary<long, Source> sources = (await tx.QueryAsync(
            "SELECT picture, source_uri, source_sha256, line_json FROM picture WHERE job = $1 AND picture = ANY($2)",
            r => (r.GetInt64(0), new Source(r.Text(1), r.TextOrNull(2), r.Text(3))), job, groups.Select(g => g[0].Picture).Distinct().ToArray()).ConfigureAwait(false))
            .ToDictionary(r => r.Item1, r => r.Item2);
        byte[][] bodies = [.. groups.SelectMany(g => Messages(g, sources[g[0].Picture]))];
        List<long> ids = await tx.QueryAsync(
            "INSERT INTO outbox(job, body, created_at) SELECT $1, b, $3 FROM unnest($2::bytea[]) WITH ORDINALITY AS u(b, n) ORDER BY n RETURNING id",
            r => r.GetInt64(0), job, bodies, tx.Now).ConfigureAwait(false);
        ids.Sort(); // numbers were given in the order of the bodies
        var counters = new CounterDeltas();
        foreach (IGrouping<ItemState, Row> from in groups.SelectMany(g => g).GroupBy(r => r.State))
        {
            counters.Move(job, from.Key, ItemState.InFlight, from.Count());
        }

        List<(string, object?[])> statements =
        [
            ("UPDATE item SET state = 1, lease_until = $1, next_at = NULL, updated_at = $2 FROM unnest($3::bigint[]) AS u(seq) WHERE item.job = $4 AND item.seq = u.seq",
                [tx.Now + (long)lease.TotalMilliseconds, tx.Now, seqs, job]),
            .. Counters.Statements(counters),
        ];
        if (cursor is { } next)
        {
            statements.Add(("UPDATE job SET next_picture = $1 WHERE no = $2", [next, job]));
        }

        await tx.ExecuteAsync(statements).ConfigureAwait(false);
        return [.. ids.Zip(bodies, (id, bytes) => new OutboxMessage(id, jobId, bytes))];
    }

    private IEnumerable<byte[]> Messages(List<Row> rows, Source source)
    {
        foreach (Row[] group in rows.GroupBy(r => (r.Attempt, r.Epoch)).SelectMany(g => g.Chunk(JobRules.MaxItemsInMessage)))
        {
            Row first = group[0];
            yield return body(
                new PictureDispatch(jobId, first.Picture, source.Uri, source.Sha256, source.Line, first.Attempt, first.Epoch, [.. group.Select(r => r.Item)]) { Suspect = first.Crashes > 0 });
        }
    }

    private static Row Read(NpgsqlDataReader r) => new(
        new DispatchItem(r.GetInt64(0), r.Text(2), r.GetDouble(3), r.GetInt32(4), r.GetInt64(5)), r.GetInt64(1), r.GetInt32(6), r.GetInt32(7), r.GetInt32(8), (ItemState)r.GetInt16(9));

    private sealed record Row(DispatchItem Item, long Picture, int Attempt, int Epoch, int Crashes, ItemState State);

    private sealed record Source(string Uri, string? Sha256, string Line);
}
