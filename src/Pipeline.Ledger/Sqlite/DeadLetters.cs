using Pipeline.Contracts.Json;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Keeps dead letters.</summary>
internal static class DeadLetters
{
    public static long Add(SqliteConnection db, NewDeadLetter letter, long now)
    {
        DeadLetterRow row = DeadLetterRow.Of(letter);
        db.Execute(
            """
            INSERT INTO dead_letter(digest, queue, reason, job_id, stage, items_json, body, body_bytes, headers_json, first_at, last_at, n)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, 1) ON CONFLICT(digest) DO UPDATE SET n = n + 1, last_at = ?10, resolution = NULL
            """,
            row.Digest, row.Queue, row.Reason, row.JobId, row.Stage, row.ItemsJson, row.Body, row.BodyBytes, row.HeadersJson, now);
        return db.Scalar("SELECT id FROM dead_letter WHERE digest = ?", row.Digest)!.Value;
    }

    public static IReadOnlyList<DeadLetter> List(SqliteConnection db, DeadLetterQuery query)
    {
        string open = query.OpenOnly ? " AND resolution IS NULL" : "";
        return db.Query(
            $"""
            SELECT id, queue, reason, job_id, stage, items_json, body, headers_json, body_bytes, first_at, last_at, n, resolution FROM dead_letter
            WHERE id > ?1 AND (?2 IS NULL OR job_id = ?2){open} ORDER BY id LIMIT ?3
            """,
            Read, query.After, query.JobId, query.Limit);
    }

    public static int Settle(SqliteConnection db, IReadOnlyCollection<long> ids, string resolution) =>
        ids.Sum(id => db.Execute("UPDATE dead_letter SET resolution = ? WHERE id = ? AND resolution IS NULL", Text.Cut(resolution, NewDeadLetter.MaxText), id));

    private static DeadLetter Read(SqliteRow r) => new(
        r.Long(0),
        new NewDeadLetter
        {
            Queue = r.Text(1), Reason = r.Text(2), JobId = r.TextOrNull(3), Stage = r.TextOrNull(4), Items = ContractJson.Deserialize<long[]>(r.Bytes(5)), Body = r.Bytes(6),
            HeadersJson = r.TextOrNull(7),
        },
        r.Long(8), DateTimeOffset.FromUnixTimeMilliseconds(r.Long(9)), DateTimeOffset.FromUnixTimeMilliseconds(r.Long(10)), r.Long(11), r.TextOrNull(12));
}
