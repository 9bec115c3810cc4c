using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Sqlite;

/// <content>Items on their way.</content>
public sealed partial class SqliteLedger
{
    /// <inheritdoc />
    public Task<IReadOnlyList<OutboxMessage>> ClaimAsync(
        string jobId, int credits, bool oversize, TimeSpan lease, Func<PictureDispatch, byte[]> body, CancellationToken cancellation) => Write(
        db =>
        {
            JobRow job = JobTable.Require(db, jobId);
            return job.State == JobState.Running ? new Claims(db, options.Retry, Now, jobId, job.No, body).Take(credits, oversize, lease) : [];
        },
        cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<OutboxMessage>> UnsentAsync(string? jobId, int limit, CancellationToken cancellation) => Read(
        db => (IReadOnlyList<OutboxMessage>)(jobId is null
            ? db.Query("SELECT o.id, j.id, o.body FROM outbox o JOIN job j ON j.no = o.job ORDER BY o.id LIMIT ?", ReadMessage, limit)
            : db.Query("SELECT o.id, j.id, o.body FROM outbox o JOIN job j ON j.no = o.job WHERE o.job = ? ORDER BY o.id LIMIT ?", ReadMessage, JobTable.Require(db, jobId).No, limit)),
        cancellation);

    /// <inheritdoc />
    public Task ConfirmSentAsync(IReadOnlyCollection<long> ids, CancellationToken cancellation) => Write(
        db => ids.Sum(id => db.Execute("DELETE FROM outbox WHERE id = ?", id)), cancellation);

    /// <inheritdoc />
    public Task RenewAsync(IReadOnlyList<ItemInHand> items, TimeSpan lease, CancellationToken cancellation) => Write(
        db =>
        {
            long until = Now + (long)lease.TotalMilliseconds;
            return items.Sum(i => db.Execute(
                "UPDATE item SET lease_until = ? WHERE job = (SELECT no FROM job WHERE id = ?) AND seq = ? AND state = 1", until, i.JobId, i.Item));
        },
        cancellation);

    /// <inheritdoc />
    public Task<int> ReleaseAsync(string? jobId, bool all, CancellationToken cancellation) => Write(
        db =>
        {
            List<long> jobs = jobId is null ? db.Query("SELECT no FROM job WHERE state < 5", r => r.Long(0)) : [JobTable.Require(db, jobId).No];
            return jobs.Sum(job => Release(db, job, all));
        },
        cancellation);

    /// <inheritdoc />
    public Task<DateTimeOffset?> NextRetryAsync(string? jobId, CancellationToken cancellation) => Read(
        db =>
        {
            long? at = jobId is null
                ? db.Scalar("SELECT min((SELECT min(next_at) FROM item WHERE job = j.no AND state = 2)) FROM job j WHERE j.state = 2")
                : db.Scalar("SELECT min(next_at) FROM item WHERE job = ? AND state = 2", JobTable.Require(db, jobId).No);
            return at is { } due ? DateTimeOffset.FromUnixTimeMilliseconds(due) : (DateTimeOffset?)null;
        },
        cancellation);

    private static OutboxMessage ReadMessage(SqliteRow r) => new(r.Long(0), r.Text(1), r.Bytes(2));

    private int Release(SqliteConnection db, long job, bool all)
    {
        long now = Now;
        int count = db.Execute(
            "UPDATE item SET state = 0, lease_until = NULL, updated_at = ?1 WHERE job = ?2 AND state = 1 AND lease_until <= ?3", now, job, all ? long.MaxValue : now);
        Counters.Move(db, job, ItemState.InFlight, ItemState.Pending, count);
        if (all)
        {
            db.Execute("DELETE FROM outbox WHERE job = ?", job);
        }

        return count;
    }
}
