using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Postgres;

/// <summary>Keeps the counters beside the rows that they count, inside the caller's transaction. The caller holds the jobs' locks, so counters never wait for each other.</summary>
internal static class Counters
{
    private const string Items = """
        INSERT INTO item_counter AS c(job, state, n) SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bigint[])
        ON CONFLICT (job, state) DO UPDATE SET n = c.n + excluded.n
        """;

    private const string Outcomes = """
        INSERT INTO stage_counter AS c(job, stage, outcome, n, compute_ms) SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bigint[], $5::bigint[])
        ON CONFLICT (job, stage, outcome) DO UPDATE SET n = c.n + excluded.n, compute_ms = c.compute_ms + excluded.compute_ms
        """;

    private const string Backlog = """
        INSERT INTO backlog AS c(job, stage, n) SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bigint[])
        ON CONFLICT (job, stage) DO UPDATE SET n = c.n + excluded.n
        """;

    private const string Spent = "UPDATE job SET spent_ms = spent_ms + u.ms FROM unnest($1::bigint[], $2::bigint[]) AS u(no, ms) WHERE job.no = u.no";

    /// <summary>The statements that write all changes of a transaction.</summary>
    public static IEnumerable<(string Sql, object?[] Values)> Statements(CounterDeltas deltas)
    {
        (long Job, ItemState State, long Count)[] items = [.. deltas.Items];
        if (items.Length > 0)
        {
            yield return (Items, [items.Select(i => i.Job).ToArray(), items.Select(i => (short)i.State).ToArray(), items.Select(i => i.Count).ToArray()]);
        }

        (long Job, int Stage, StageOutcome Outcome, long Count, long ComputeMs)[] outcomes = [.. deltas.Outcomes];
        if (outcomes.Length > 0)
        {
            yield return (Outcomes,
            [
                outcomes.Select(o => o.Job).ToArray(), outcomes.Select(o => (short)o.Stage).ToArray(), outcomes.Select(o => (short)o.Outcome).ToArray(),
                outcomes.Select(o => o.Count).ToArray(), outcomes.Select(o => o.ComputeMs).ToArray(),
            ]);
        }

        (long Job, int Stage, long Count)[] backlog = [.. deltas.Backlog];
        if (backlog.Length > 0)
        {
            yield return (Backlog, [backlog.Select(b => b.Job).ToArray(), backlog.Select(b => (short)b.Stage).ToArray(), backlog.Select(b => b.Count).ToArray()]);
        }

        (long Job, long Ms)[] spent = [.. deltas.SpentMs];
        if (spent.Length > 0)
        {
            yield return (Spent, [spent.Select(s => s.Job).ToArray(), spent.Select(s => s.Ms).ToArray()]);
        }
    }

    public static Task WriteAsync(PostgresTransaction tx, CounterDeltas deltas) => tx.ExecuteAsync([.. Statements(deltas)]);
}
