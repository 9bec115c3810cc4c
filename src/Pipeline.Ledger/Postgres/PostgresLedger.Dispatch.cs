using Npgsql;
using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Postgres;

/// <content>Items on their way.</content>
public sealed partial class PostgresLedger
{
    /// <inheritdoc />
    public Task<IReadOnlyList<OutboxMessage>> ClaimAsync(
        string jobId, int credits, bool oversize, TimeSpan lease, Func<PictureDispatch, byte[]> body, CancellationToken cancellation) => RunAsync(
        async tx =>
        {
            JobRow job = await JobTable.LockAsync(tx, jobId).ConfigureAwait(false);
            return job.State == JobState.Running ? await new Claims(tx, options.Retry, jobId, job.No, body).TakeAsync(credits, oversize, lease).ConfigureAwait(false) : [];
        },
        cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<OutboxMessage>> UnsentAsync(string? jobId, int limit, CancellationToken cancellation) => RunAsync<IReadOnlyList<OutboxMessage>>(
        async tx =>
        {
            const string select = "SELECT o.id, j.id, o.body FROM outbox o JOIN job j ON j.no = o.job";
            return jobId is null
                ? await tx.QueryAsync($"{select} ORDER BY o.id LIMIT $1", ReadMessage, limit).ConfigureAwait(false)
                : await tx.QueryAsync(
                    $"{select} WHERE o.job = $1 ORDER BY o.id LIMIT $2", ReadMessage, (await JobTable.RequireAsync(tx, jobId).ConfigureAwait(false)).No, limit).ConfigureAwait(false);
        },
        cancellation);

    /// <inheritdoc />
    public Task ConfirmSentAsync(IReadOnlyCollection<long> ids, CancellationToken cancellation) =>
        RunAsync(tx => tx.ExecuteAsync("DELETE FROM outbox WHERE id = ANY($1)", (object)ids.ToArray()), cancellation);

    /// <inheritdoc />
    public Task RenewAsync(IReadOnlyList<ItemInHand> items, TimeSpan lease, CancellationToken cancellation) => RunAsync(
        async tx =>
        {
            Dictionary<string, JobRow> jobs = await JobTable.LockAsync(tx, items.Select(i => i.JobId)).ConfigureAwait(false);
            ItemInHand[] known = [.. items.Where(i => jobs.ContainsKey(i.JobId))];
            return await tx.ExecuteAsync(
                "UPDATE item SET lease_until = $1 FROM unnest($2::bigint[], $3::bigint[]) AS u(job, seq) WHERE item.job = u.job AND item.seq = u.seq AND item.state = 1",
                tx.Now + (long)lease.TotalMilliseconds, known.Select(i => jobs[i.JobId].No).ToArray(), known.Select(i => i.Item).ToArray()).ConfigureAwait(false);
        },
        cancellation);

    /// <inheritdoc />
    public async Task<int> ReleaseAsync(string? jobId, bool all, CancellationToken cancellation)
    {
        if (jobId is not null)
        {
            return await RunAsync(async tx => await ReleaseAsync(tx, await JobTable.LockAsync(tx, jobId).ConfigureAwait(false), all).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        }

        // Job by job: each transaction locks one. A job that is deleted meanwhile has nothing to release.
        int released = 0;
        foreach (string id in await RunAsync(tx => tx.QueryAsync("SELECT id FROM job WHERE state < 5 ORDER BY no", r => r.GetString(0)), cancellation).ConfigureAwait(false))
        {
            released += await RunAsync(
                async tx => (await JobTable.LockAsync(tx, [id]).ConfigureAwait(false)).TryGetValue(id, out JobRow? job) ? await ReleaseAsync(tx, job, all).ConfigureAwait(false) : 0,
                cancellation).ConfigureAwait(false);
        }

        return released;
    }

    /// <inheritdoc />
    public Task<DateTimeOffset?> NextRetryAsync(string? jobId, CancellationToken cancellation) => RunAsync(
        async tx =>
        {
            List<DateTimeOffset?> at = jobId is null
                ? await tx.QueryAsync("SELECT min((SELECT min(next_at) FROM item WHERE job = j.no AND state = 2)) FROM job j WHERE j.state = 2", ReadTime).ConfigureAwait(false)
                : await tx.QueryAsync(
                    "SELECT min(next_at) FROM item WHERE job = $1 AND state = 2", ReadTime, (await JobTable.RequireAsync(tx, jobId).ConfigureAwait(false)).No).ConfigureAwait(false);
            return at[0];
        },
        cancellation);

    private static DateTimeOffset? ReadTime(NpgsqlDataReader r) => r.IsDBNull(0) ? null : r.Time(0);

    private static OutboxMessage ReadMessage(NpgsqlDataReader r) => new(r.GetInt64(0), r.GetString(1), r.GetFieldValue<byte[]>(2));

    private static async Task<int> ReleaseAsync(PostgresTransaction tx, JobRow job, bool all)
    {
        (long count, long? first) = (await tx.QueryAsync(
            """
            WITH released AS (
              UPDATE item SET state = 0, lease_until = NULL, updated_at = $1 WHERE job = $2 AND state = 1 AND lease_until <= $3 RETURNING picture)
            SELECT count(*), min(picture) FROM released
            """,
            r => (r.GetInt64(0), r.IsDBNull(1) ? (long?)null : r.GetInt64(1)), tx.Now, job.No, all ? long.MaxValue : tx.Now).ConfigureAwait(false))[0];
        var counters = new CounterDeltas();
        counters.Move(job.No, ItemState.InFlight, ItemState.Pending, count);
        await tx.ExecuteAsync(
        [
            .. Counters.Statements(counters),
            ("UPDATE job SET next_picture = least(next_picture, $1::bigint) WHERE no = $2 AND next_picture > $1::bigint", [first ?? long.MaxValue, job.No]),
            .. all ? [("DELETE FROM outbox WHERE job = $1", new object?[] { job.No })] : Array.Empty<(string, object?[])>(),
        ]).ConfigureAwait(false);
        return (int)count;
    }
}
