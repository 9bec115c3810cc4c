using Pipeline.Contracts.Errors;

namespace Pipeline.Ledger.Sqlite;

/// <summary>The tables, and the steps from each version to the next. Steps are only ever added.</summary>
internal static class LedgerSchema
{
    /// <summary>Steps in order: step i leads from version i to i + 1.</summary>
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE job(
          no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, name TEXT NOT NULL, spec_json TEXT NOT NULL, spec_digest TEXT NOT NULL,
          state INTEGER NOT NULL, epoch INTEGER NOT NULL, priority INTEGER NOT NULL, weight INTEGER NOT NULL DEFAULT 1, stage_mask INTEGER NOT NULL, credits INTEGER NOT NULL,
          pictures INTEGER NOT NULL DEFAULT 0, items INTEGER NOT NULL DEFAULT 0, budget_gpu_s REAL, spent_gpu_s REAL NOT NULL DEFAULT 0,
          created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER, owner TEXT, lease_until INTEGER);
        CREATE TABLE picture(
          job INTEGER NOT NULL, picture INTEGER NOT NULL, id TEXT NOT NULL, source_uri TEXT NOT NULL, source_sha256 TEXT, line_json TEXT NOT NULL,
          PRIMARY KEY(job, picture)) WITHOUT ROWID;
        CREATE TABLE item(
          job INTEGER NOT NULL, seq INTEGER NOT NULL, picture INTEGER NOT NULL, emotion TEXT NOT NULL, intensity REAL NOT NULL, variant INTEGER NOT NULL, seed INTEGER NOT NULL,
          state INTEGER NOT NULL, resolved INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL,
          lease_until INTEGER, next_at INTEGER, updated_at INTEGER NOT NULL, PRIMARY KEY(job, seq)) WITHOUT ROWID;
        CREATE INDEX item_pending ON item(job, picture) WHERE state = 0;
        CREATE INDEX item_retry ON item(job, next_at) WHERE state = 2;
        CREATE INDEX item_lease ON item(job, lease_until) WHERE state = 1;
        CREATE TABLE item_stage(
          job INTEGER NOT NULL, seq INTEGER NOT NULL, stage INTEGER NOT NULL, outcome INTEGER NOT NULL, work_key TEXT, worker TEXT, device TEXT,
          queued_ms INTEGER NOT NULL, download_ms INTEGER NOT NULL, compute_ms INTEGER NOT NULL, upload_ms INTEGER NOT NULL, bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL,
          at INTEGER NOT NULL, PRIMARY KEY(job, seq, stage)) WITHOUT ROWID;
        CREATE TABLE item_counter(job INTEGER NOT NULL, state INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(job, state)) WITHOUT ROWID;
        CREATE TABLE stage_counter(job INTEGER NOT NULL, stage INTEGER NOT NULL, outcome INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(job, stage, outcome)) WITHOUT ROWID;
        CREATE TABLE error(
          id INTEGER PRIMARY KEY, job INTEGER NOT NULL, seq INTEGER NOT NULL, stage INTEGER NOT NULL, attempt INTEGER NOT NULL, code TEXT NOT NULL, fingerprint TEXT NOT NULL,
          type TEXT, message TEXT NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, n INTEGER NOT NULL, UNIQUE(job, seq, stage, fingerprint));
        CREATE INDEX error_fingerprint ON error(job, fingerprint);
        CREATE TABLE outbox(id INTEGER PRIMARY KEY, job INTEGER NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL, created_at INTEGER NOT NULL, sent_at INTEGER);
        CREATE TABLE worker(id TEXT PRIMARY KEY, stage_mask INTEGER NOT NULL, device TEXT, models_json TEXT, state INTEGER NOT NULL, last_beat INTEGER NOT NULL, in_hand_json TEXT) WITHOUT ROWID;
        CREATE TABLE artefact(
          work_key TEXT PRIMARY KEY, stage INTEGER NOT NULL, manifest_sha256 TEXT, bytes INTEGER NOT NULL, created_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL) WITHOUT ROWID;
        """,
    ];

    /// <summary>Brings a database to this program's version.</summary>
    public static void Migrate(SqliteConnection db, string path)
    {
        db.Script("BEGIN IMMEDIATE");
        try
        {
            db.Script("CREATE TABLE IF NOT EXISTS schema_version(n INTEGER NOT NULL)");
            long version = db.Scalar("SELECT max(n) FROM schema_version") ?? 0;
            if (version > Steps.Length)
            {
                string message = $"ledger {path} has version {version}, this program knows up to {Steps.Length}; use the newer program that wrote it";
                throw new LedgerException(ErrorCodes.LedgerVersion, FaultClass.Environment, message);
            }

            for (; version < Steps.Length; version++)
            {
                db.Script(Steps[version]);
                db.Execute("INSERT INTO schema_version(n) VALUES(?)", version + 1);
            }

            db.Script("COMMIT");
        }
        catch
        {
            db.Script("ROLLBACK");
            throw;
        }
    }
}
