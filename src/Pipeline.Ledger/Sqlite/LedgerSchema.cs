namespace Pipeline.Ledger.Sqlite;

/// <summary>The tables, and the steps from each version to the next. Steps are only ever added.</summary>
internal static class LedgerSchema
{
    /// <summary>Steps in order: step i leads from version i to i + 1.</summary>
    internal static readonly string[] Steps =
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
        // Version 2: what a cluster needs. Counters for backlog and causes, so that nobody scans; suspects; leases, workers, dead letters, events.
        """
        ALTER TABLE job ADD COLUMN class INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE job ADD COLUMN budget_s REAL;
        ALTER TABLE job ADD COLUMN spent_ms INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE job DROP COLUMN budget_gpu_s;
        ALTER TABLE job DROP COLUMN spent_gpu_s;
        ALTER TABLE job DROP COLUMN owner;
        ALTER TABLE job DROP COLUMN lease_until;
        ALTER TABLE item ADD COLUMN exhausted INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE item ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE stage_counter ADD COLUMN compute_ms INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE backlog(job INTEGER NOT NULL, stage INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(job, stage)) WITHOUT ROWID;
        CREATE TABLE error_cause(
          job INTEGER NOT NULL, fingerprint TEXT NOT NULL, stage INTEGER NOT NULL, code TEXT NOT NULL, type TEXT, message TEXT NOT NULL, items INTEGER NOT NULL,
          occurrences INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, PRIMARY KEY(job, fingerprint, stage)) WITHOUT ROWID;
        CREATE TABLE job_event(id INTEGER PRIMARY KEY, job INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT);
        CREATE INDEX job_event_job ON job_event(job, id);
        CREATE TABLE lease(name TEXT PRIMARY KEY, owner TEXT NOT NULL, term INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE dead_letter(
          id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, queue TEXT NOT NULL, reason TEXT NOT NULL, job_id TEXT, stage TEXT, items_json TEXT NOT NULL, body BLOB NOT NULL,
          body_bytes INTEGER NOT NULL, headers_json TEXT, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, n INTEGER NOT NULL, resolution TEXT);
        CREATE INDEX dead_letter_open ON dead_letter(id) WHERE resolution IS NULL;
        DROP TABLE worker;
        CREATE TABLE worker(id TEXT PRIMARY KEY, beat_json BLOB NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL) WITHOUT ROWID;
        DROP TABLE artefact;
        DROP INDEX item_pending;
        CREATE INDEX item_pending ON item(job, picture) WHERE state = 0 AND crashes = 0;
        CREATE INDEX item_suspect ON item(job, seq) WHERE crashes > 0;
        CREATE INDEX outbox_job ON outbox(job, id);
        UPDATE stage_counter SET compute_ms = (
          SELECT coalesce(sum(s.compute_ms), 0) FROM item_stage s WHERE s.job = stage_counter.job AND s.stage = stage_counter.stage AND s.outcome = stage_counter.outcome);
        UPDATE job SET spent_ms = (SELECT coalesce(sum(compute_ms), 0) FROM stage_counter c WHERE c.job = job.no);
        UPDATE item SET exhausted = (SELECT coalesce(sum(1 << s.stage), 0) FROM item_stage s WHERE s.job = item.job AND s.seq = item.seq AND s.outcome = 2) WHERE failed <> 0;
        INSERT INTO backlog(job, stage, n)
          SELECT i.job, b.stage, count(*) FROM item i JOIN job j ON j.no = i.job
          JOIN (SELECT 0 AS stage UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) b ON (((j.stage_mask & ~i.resolved) >> b.stage) & 1) = 1
          WHERE i.state IN (0, 1, 2) GROUP BY i.job, b.stage;
        INSERT INTO error_cause(job, fingerprint, stage, code, type, message, items, occurrences, first_at, last_at)
          SELECT job, fingerprint, stage, min(code), min(type), min(message), count(*), sum(n), min(first_at), max(last_at) FROM error GROUP BY job, fingerprint, stage;
        """,
    ];

    /// <summary>Brings a database to this program's version.</summary>
    public static void Migrate(SqliteConnection db, string path) => Migrate(db, path, Steps.Length);

    /// <summary>Brings a database to a version, for tests that need an older one.</summary>
    internal static void Migrate(SqliteConnection db, string path, int target)
    {
        db.Script("BEGIN IMMEDIATE");
        try
        {
            db.Script("CREATE TABLE IF NOT EXISTS schema_version(n INTEGER NOT NULL)");
            long version = db.Scalar("SELECT max(n) FROM schema_version") ?? 0;
            if (version > Steps.Length)
            {
                throw Accounting.JobRules.NewerVersion(path, version, Steps.Length);
            }

            for (; version < target; version++)
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
