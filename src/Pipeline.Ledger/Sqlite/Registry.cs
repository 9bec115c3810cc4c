using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Leases and workers.</summary>
internal static class Registry
{
    public static Lease? TryLead(SqliteConnection db, string name, string owner, TimeSpan duration, long now)
    {
        int taken = db.Execute(
            """
            INSERT INTO lease(name, owner, term, until) VALUES(?1, ?2, 1, ?3) ON CONFLICT(name) DO UPDATE
            SET term = term + (owner <> ?2), owner = ?2, until = ?3 WHERE owner = ?2 OR until <= ?4
            """,
            name, owner, now + (long)duration.TotalMilliseconds, now);
        return taken == 0 ? null : Leader(db, name, now);
    }

    // The row stays, because the next owner's term must be greater.
    public static int Resign(SqliteConnection db, string name, string owner) => db.Execute("UPDATE lease SET owner = '', until = 0 WHERE name = ? AND owner = ?", name, owner);

    public static Lease? Leader(SqliteConnection db, string name, long now) => db.Query(
        "SELECT owner, term, until FROM lease WHERE name = ? AND until > ?",
        r => new Lease(name, r.Text(0), r.Long(1), DateTimeOffset.FromUnixTimeMilliseconds(r.Long(2)), TimeSpan.FromMilliseconds(r.Long(2) - now)), name, now).FirstOrDefault();

    public static int Beat(SqliteConnection db, IReadOnlyList<WorkerBeat> beats, long now) => beats.Sum(beat => db.Execute(
        "INSERT INTO worker(id, beat_json, first_seen, last_seen) VALUES(?1, ?2, ?3, ?3) ON CONFLICT(id) DO UPDATE SET beat_json = ?2, last_seen = ?3",
        beat.WorkerId, ContractJson.Serialize(beat), now));

    public static IReadOnlyList<WorkerInfo> Workers(SqliteConnection db, long now) => db.Query(
        "SELECT beat_json, first_seen, last_seen FROM worker ORDER BY id",
        r => new WorkerInfo(
            ContractJson.Deserialize<WorkerBeat>(r.Bytes(0)), DateTimeOffset.FromUnixTimeMilliseconds(r.Long(1)), DateTimeOffset.FromUnixTimeMilliseconds(r.Long(2)),
            TimeSpan.FromMilliseconds(now - r.Long(2))));

    public static IReadOnlyList<string> Forget(SqliteConnection db, long silentSince)
    {
        List<string> ids = db.Query("SELECT id FROM worker WHERE last_seen < ? ORDER BY id", r => r.Text(0), silentSince);
        db.Execute("DELETE FROM worker WHERE last_seen < ?", silentSince);
        return ids;
    }
}
