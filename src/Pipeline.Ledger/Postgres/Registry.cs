using Npgsql;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Postgres;

/// <summary>Leases, workers, dead letters.</summary>
internal static class Registry
{
    public static async Task<Lease?> TryLeadAsync(PostgresTransaction tx, string name, string owner, TimeSpan duration) => (await tx.QueryAsync(
        """
        INSERT INTO lease AS l(name, owner, term, until) VALUES($1, $2, 1, $3) ON CONFLICT (name) DO UPDATE
        SET term = l.term + (l.owner <> excluded.owner)::int, owner = excluded.owner, until = excluded.until WHERE l.owner = excluded.owner OR l.until <= $4 RETURNING owner, term, until
        """,
        r => ReadLease(r, name, tx.Now), PgText.In(name), PgText.In(owner), tx.Now + (long)duration.TotalMilliseconds, tx.Now).ConfigureAwait(false)).FirstOrDefault();

    // The row stays, because the next owner's term must be greater.
    public static Task<int> ResignAsync(PostgresTransaction tx, string name, string owner) =>
        tx.ExecuteAsync("UPDATE lease SET owner = '', until = 0 WHERE name = $1 AND owner = $2", PgText.In(name), PgText.In(owner));

    public static async Task<Lease?> LeaderAsync(PostgresTransaction tx, string name) => (await tx.QueryAsync(
        "SELECT owner, term, until FROM lease WHERE name = $1 AND until > $2", r => ReadLease(r, name, tx.Now), PgText.In(name), tx.Now).ConfigureAwait(false)).FirstOrDefault();

    public static Task<int> BeatAsync(PostgresTransaction tx, IReadOnlyList<WorkerBeat> beats)
    {
        // The last of each worker, and always in one order, so that two transactions never wait for each other.
        WorkerBeat[] last = [.. beats.GroupBy(b => b.WorkerId, StringComparer.Ordinal).Select(g => g.Last()).OrderBy(b => b.WorkerId, StringComparer.Ordinal)];
        return tx.ExecuteAsync(
            """
            INSERT INTO worker(id, beat_json, first_seen, last_seen) SELECT id, beat, $3, $3 FROM unnest($1::text[], $2::bytea[]) AS u(id, beat)
            ON CONFLICT (id) DO UPDATE SET beat_json = excluded.beat_json, last_seen = excluded.last_seen
            """,
            last.Select(b => PgText.In(b.WorkerId)).ToArray(), last.Select(ContractJson.Serialize).ToArray(), tx.Now);
    }

    public static async Task<IReadOnlyList<WorkerInfo>> WorkersAsync(PostgresTransaction tx) => await tx.QueryAsync(
        "SELECT beat_json, first_seen, last_seen FROM worker ORDER BY id COLLATE \"C\"",
        r => new WorkerInfo(ContractJson.Deserialize<WorkerBeat>(r.GetFieldValue<byte[]>(0)), r.Time(1), r.Time(2), TimeSpan.FromMilliseconds(tx.Now - r.GetInt64(2)))).ConfigureAwait(false);

    public static async Task<IReadOnlyList<string>> ForgetAsync(PostgresTransaction tx, TimeSpan silentFor)
    {
        List<string> ids = await tx.QueryAsync("DELETE FROM worker WHERE last_seen < $1 RETURNING id", r => r.Text(0), tx.Now - (long)silentFor.TotalMilliseconds).ConfigureAwait(false);
        ids.Sort(StringComparer.Ordinal);
        return ids;
    }

    public static async Task<long> AddDeadLetterAsync(PostgresTransaction tx, NewDeadLetter letter)
    {
        DeadLetterRow row = DeadLetterRow.Of(letter);
        return (await tx.QueryAsync(
            """
            INSERT INTO dead_letter AS d(digest, queue, reason, job_id, stage, items_json, body, body_bytes, headers_json, first_at, last_at, n)
            VALUES($1, $2, $3, $4::text, $5::text, $6, $7, $8, $9::text, $10, $10, 1) ON CONFLICT (digest) DO UPDATE SET n = d.n + 1, last_at = excluded.last_at, resolution = NULL RETURNING id
            """,
            r => r.GetInt64(0), row.Digest, PgText.In(row.Queue), PgText.In(row.Reason), PgText.In(row.JobId), PgText.In(row.Stage), row.ItemsJson, row.Body, row.BodyBytes,
            PgText.In(row.HeadersJson), tx.Now).ConfigureAwait(false))[0];
    }

    public static async Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(PostgresTransaction tx, DeadLetterQuery query) => await tx.QueryAsync(
        $"""
        SELECT id, queue, reason, job_id, stage, items_json, body, headers_json, body_bytes, first_at, last_at, n, resolution FROM dead_letter
        WHERE id > $1 AND ($2::text IS NULL OR job_id = $2){(query.OpenOnly ? " AND resolution IS NULL" : "")} ORDER BY id LIMIT $3
        """,
        ReadLetter, query.After, PgText.In(query.JobId), query.Limit).ConfigureAwait(false);

    public static Task<int> SettleAsync(PostgresTransaction tx, IReadOnlyCollection<long> ids, string resolution) => tx.ExecuteAsync(
        "UPDATE dead_letter SET resolution = $1 WHERE id = ANY($2) AND resolution IS NULL", PgText.In(Text.Cut(resolution, NewDeadLetter.MaxText)), ids.ToArray());

    private static Lease ReadLease(NpgsqlDataReader r, string name, long now) => new(name, r.Text(0), r.GetInt64(1), r.Time(2), TimeSpan.FromMilliseconds(r.GetInt64(2) - now));

    private static DeadLetter ReadLetter(NpgsqlDataReader r) => new(
        r.GetInt64(0),
        new NewDeadLetter
        {
            Queue = r.Text(1), Reason = r.Text(2), JobId = r.TextOrNull(3), Stage = r.TextOrNull(4), Items = ContractJson.Deserialize<long[]>(System.Text.Encoding.UTF8.GetBytes(r.GetString(5))),
            Body = r.GetFieldValue<byte[]>(6), HeadersJson = r.TextOrNull(7),
        },
        r.GetInt64(8), r.Time(9), r.Time(10), r.GetInt64(11), r.TextOrNull(12));
}
