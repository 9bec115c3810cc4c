using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Postgres;

/// <summary>Applies outcomes: reads the items that they name in one query, lets <see cref="ResultBatch"/> decide, writes what has changed in a few statements.</summary>
internal sealed class ResultWriter(PostgresTransaction tx, RetryPolicy retry)
{
    private readonly ResultBatch batch = new(retry, tx.Now);

    public async Task<ApplyReport> ApplyAsync(IReadOnlyList<StageResult> results)
    {
        Dictionary<string, JobRow> jobs = await JobTable.LockAsync(tx, results.Select(r => r.JobId)).ConfigureAwait(false);
        Dictionary<(long Job, long Seq), ItemRow> items = await ItemsAsync(jobs, results).ConfigureAwait(false);
        var report = new ApplyReport();
        foreach (StageResult result in results)
        {
            JobRow? job = jobs.GetValueOrDefault(result.JobId);
            foreach (StageResultEntry entry in result.Entries)
            {
                report += batch.Apply(job?.No ?? 0, job?.StageMask ?? 0, job is null ? null : items.GetValueOrDefault((job.No, entry.Item)), result, entry);
            }
        }

        if (report.Applied > 0)
        {
            await WriteErrorsAsync().ConfigureAwait(false);
            await tx.ExecuteAsync([ItemUpdate(), .. OutcomeInsert(), .. Counters.Statements(batch.Counters)]).ConfigureAwait(false);
        }

        return report;
    }

    private async Task<Dictionary<(long Job, long Seq), ItemRow>> ItemsAsync(Dictionary<string, JobRow> jobs, IReadOnlyList<StageResult> results)
    {
        (long Job, long Seq)[] keys = [.. results.Where(r => jobs.ContainsKey(r.JobId)).SelectMany(r => r.Entries.Select(e => (jobs[r.JobId].No, e.Item))).Distinct()];
        List<(long Job, ItemRow Item)> rows = await tx.QueryAsync(
            """
            SELECT i.job, i.seq, i.state, i.epoch, i.resolved, i.failed, i.exhausted, i.attempt, i.crashes, i.next_at
            FROM unnest($1::bigint[], $2::bigint[]) AS u(job, seq) JOIN item i ON i.job = u.job AND i.seq = u.seq
            """,
            r => (r.GetInt64(0), new ItemRow
            {
                Seq = r.GetInt64(1), State = (ItemState)r.GetInt16(2), Epoch = r.GetInt32(3), Resolved = r.GetInt16(4), Failed = r.GetInt16(5), Exhausted = r.GetInt16(6),
                Attempt = r.GetInt32(7), Crashes = r.GetInt32(8), NextAt = r.IsDBNull(9) ? null : r.GetInt64(9),
            }),
            keys.Select(k => k.Job).ToArray(), keys.Select(k => k.Seq).ToArray()).ConfigureAwait(false);
        return rows.ToDictionary(r => (r.Job, r.Item.Seq), r => r.Item);
    }

    private (string, object?[]) ItemUpdate()
    {
        (long Job, ItemRow Item)[] changed = [.. batch.Changed];
        return (
            """
            UPDATE item SET state = u.state, resolved = u.resolved, failed = u.failed, exhausted = u.exhausted, attempt = u.attempt, crashes = u.crashes, updated_at = $10,
              next_at = CASE WHEN u.state = 2 THEN u.next_at END, lease_until = CASE WHEN u.state = 1 THEN item.lease_until END
            FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[], $7::int[], $8::int[], $9::bigint[])
              AS u(job, seq, state, resolved, failed, exhausted, attempt, crashes, next_at)
            WHERE item.job = u.job AND item.seq = u.seq
            """,
            [
                changed.Select(c => c.Job).ToArray(), changed.Select(c => c.Item.Seq).ToArray(), changed.Select(c => (short)c.Item.State).ToArray(),
                changed.Select(c => (short)c.Item.Resolved).ToArray(), changed.Select(c => (short)c.Item.Failed).ToArray(), changed.Select(c => (short)c.Item.Exhausted).ToArray(),
                changed.Select(c => c.Item.Attempt).ToArray(), changed.Select(c => c.Item.Crashes).ToArray(), changed.Select(c => c.Item.NextAt ?? tx.Now).ToArray(), tx.Now,
            ]);
    }

    private IEnumerable<(string, object?[])> OutcomeInsert()
    {
        List<StageOutcomeRow> rows = batch.Outcomes;
        if (rows.Count == 0)
        {
            yield break;
        }

        yield return (
            """
            INSERT INTO item_stage(job, seq, stage, outcome, work_key, worker, device, queued_ms, download_ms, compute_ms, upload_ms, bytes_in, bytes_out, at)
            SELECT u.*, $14::bigint FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[], $5::text[], $6::text[], $7::text[],
              $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[]) AS u
            """,
            [
                rows.Select(r => r.Job).ToArray(), rows.Select(r => r.Entry.Item).ToArray(), rows.Select(r => (short)r.Stage).ToArray(), rows.Select(r => (short)r.Entry.Outcome).ToArray(),
                rows.Select(r => PgText.In(Text.CutOrNull(r.Entry.WorkKey, 200))).ToArray(), rows.Select(r => PgText.In(Text.CutOrNull(r.Worker, 200))).ToArray(),
                rows.Select(r => PgText.In(Text.CutOrNull(r.Device, 200))).ToArray(), rows.Select(r => r.Entry.QueuedMs).ToArray(), rows.Select(r => r.Entry.DownloadMs).ToArray(),
                rows.Select(r => r.Entry.ComputeMs).ToArray(), rows.Select(r => r.Entry.UploadMs).ToArray(), rows.Select(r => r.Entry.BytesIn).ToArray(),
                rows.Select(r => r.Entry.BytesOut).ToArray(), tx.Now,
            ]);
    }

    private async Task WriteErrorsAsync()
    {
        ErrorRow[] errors = [.. batch.Errors];
        if (errors.Length == 0)
        {
            return;
        }

        List<(long Job, short Stage, string Fingerprint, bool IsNew)> written = await tx.QueryAsync(
            """
            INSERT INTO error AS e(job, seq, stage, attempt, code, fingerprint, type, message, first_at, last_at, n)
            SELECT u.job, u.seq, u.stage, u.attempt, u.code, u.fingerprint, u.type, u.message, $10::bigint, $10::bigint, u.n
            FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[])
              AS u(job, seq, stage, attempt, code, fingerprint, type, message, n)
            ON CONFLICT (job, seq, stage, fingerprint) DO UPDATE SET attempt = excluded.attempt, message = excluded.message, last_at = excluded.last_at, n = e.n + excluded.n
            RETURNING job, stage, fingerprint, xmax = 0
            """,
            r => (r.GetInt64(0), r.GetInt16(1), r.Text(2), r.GetBoolean(3)),
            errors.Select(e => e.Key.Job).ToArray(), errors.Select(e => e.Key.Seq).ToArray(), errors.Select(e => (short)e.Key.Stage).ToArray(), errors.Select(e => e.Attempt).ToArray(),
            errors.Select(e => PgText.In(e.Code)).ToArray(), errors.Select(e => PgText.In(e.Key.Fingerprint)).ToArray(), errors.Select(e => PgText.In(e.Type)).ToArray(),
            errors.Select(e => PgText.In(e.Message)).ToArray(), errors.Select(e => (long)e.Count).ToArray(), tx.Now).ConfigureAwait(false);
        ILookup<(long, short, string), bool> isNew = written.ToLookup(w => (w.Job, w.Stage, w.Fingerprint), w => w.IsNew);
        await tx.ExecuteAsync([.. errors.GroupBy(e => (e.Key.Job, (short)e.Key.Stage, e.Key.Fingerprint)).OrderBy(g => g.Key.Job).ThenBy(g => g.Key.Fingerprint, StringComparer.Ordinal)
            .Select(cause => Cause(cause.First(), isNew[cause.Key].Count(n => n), cause.Sum(e => (long)e.Count)))]).ConfigureAwait(false);
    }

    private (string, object?[]) Cause(ErrorRow first, long items, long occurrences) => (
        """
        INSERT INTO error_cause AS c(job, fingerprint, stage, code, type, message, items, occurrences, first_at, last_at) VALUES($1, $2, $3, $4, $5::text, $6, $7, $8, $9, $9)
        ON CONFLICT (job, fingerprint, stage) DO UPDATE SET items = c.items + excluded.items, occurrences = c.occurrences + excluded.occurrences, last_at = excluded.last_at
        """,
        [
            first.Key.Job, PgText.In(first.Key.Fingerprint), (short)first.Key.Stage, PgText.In(first.Code), PgText.In(first.Type), PgText.In(first.Message), items, occurrences, tx.Now,
        ]);
}
