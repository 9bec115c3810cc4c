using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Postgres;

/// <summary>The tables, and the steps from each version to the next. Steps are only ever added.</summary>
internal static class PostgresSchema
{
    // Any number that no other program uses on this database.
    private const long MigrationLock = 0x6d6f6f6470697065; // "moodpipe"

    /// <summary>Steps in order: step i leads from version i to i + 1. Version numbers are PostgreSQL's own, not SQLite's.</summary>
    internal static readonly string[] Steps =
    [
        """
        CREATE TABLE job(
          no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text NOT NULL UNIQUE, tenant text NOT NULL, name text NOT NULL, spec_json text NOT NULL, spec_digest text NOT NULL,
          state smallint NOT NULL, epoch int NOT NULL, class smallint NOT NULL, priority int NOT NULL, weight int NOT NULL, stage_mask int NOT NULL, credits int NOT NULL,
          next_picture bigint NOT NULL DEFAULT 0, pictures bigint NOT NULL DEFAULT 0, items bigint NOT NULL DEFAULT 0, budget_s double precision, spent_ms bigint NOT NULL DEFAULT 0,
          created_at bigint NOT NULL, started_at bigint, finished_at bigint) WITH (fillfactor = 50);
        CREATE TABLE picture(
          job bigint NOT NULL, picture bigint NOT NULL, id text NOT NULL, source_uri text NOT NULL, source_sha256 text, line_json text NOT NULL, PRIMARY KEY(job, picture));
        CREATE TABLE item(
          job bigint NOT NULL, seq bigint NOT NULL, picture bigint NOT NULL, seed bigint NOT NULL, intensity double precision NOT NULL, updated_at bigint NOT NULL,
          lease_until bigint, next_at bigint, epoch int NOT NULL, variant int NOT NULL, state smallint NOT NULL, attempt int NOT NULL DEFAULT 0, crashes int NOT NULL DEFAULT 0,
          resolved smallint NOT NULL DEFAULT 0, failed smallint NOT NULL DEFAULT 0, exhausted smallint NOT NULL DEFAULT 0, emotion text NOT NULL,
          PRIMARY KEY(job, seq)) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
        CREATE INDEX item_pending ON item(job, picture, seq) WHERE state = 0 AND crashes = 0;
        CREATE INDEX item_retry ON item(job, next_at) WHERE state = 2;
        CREATE INDEX item_in_flight ON item(job) WHERE state = 1;
        CREATE INDEX item_suspect ON item(job, seq) WHERE crashes > 0;
        CREATE INDEX item_failed ON item(job, seq) WHERE state IN (4, 5);
        CREATE TABLE item_stage(
          job bigint NOT NULL, seq bigint NOT NULL, stage smallint NOT NULL, outcome smallint NOT NULL, work_key text, worker text, device text, queued_ms bigint NOT NULL,
          download_ms bigint NOT NULL, compute_ms bigint NOT NULL, upload_ms bigint NOT NULL, bytes_in bigint NOT NULL, bytes_out bigint NOT NULL, at bigint NOT NULL,
          PRIMARY KEY(job, seq, stage));
        CREATE TABLE item_counter(job bigint NOT NULL, state smallint NOT NULL, n bigint NOT NULL, PRIMARY KEY(job, state)) WITH (fillfactor = 50);
        CREATE TABLE stage_counter(
          job bigint NOT NULL, stage smallint NOT NULL, outcome smallint NOT NULL, n bigint NOT NULL, compute_ms bigint NOT NULL, PRIMARY KEY(job, stage, outcome)) WITH (fillfactor = 50);
        CREATE TABLE backlog(job bigint NOT NULL, stage smallint NOT NULL, n bigint NOT NULL, PRIMARY KEY(job, stage)) WITH (fillfactor = 50);
        CREATE TABLE error(
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, job bigint NOT NULL, seq bigint NOT NULL, stage smallint NOT NULL, attempt int NOT NULL, code text NOT NULL,
          fingerprint text NOT NULL, type text, message text NOT NULL, first_at bigint NOT NULL, last_at bigint NOT NULL, n bigint NOT NULL, UNIQUE(job, seq, stage, fingerprint));
        CREATE INDEX error_fingerprint ON error(job, fingerprint, seq);
        CREATE TABLE error_cause(
          job bigint NOT NULL, fingerprint text NOT NULL, stage smallint NOT NULL, code text NOT NULL, type text, message text NOT NULL, items bigint NOT NULL, occurrences bigint NOT NULL,
          first_at bigint NOT NULL, last_at bigint NOT NULL, PRIMARY KEY(job, fingerprint, stage)) WITH (fillfactor = 50);
        CREATE TABLE outbox(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, job bigint NOT NULL, body bytea NOT NULL, created_at bigint NOT NULL);
        CREATE INDEX outbox_job ON outbox(job, id);
        CREATE TABLE job_event(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, job bigint NOT NULL, at bigint NOT NULL, kind text NOT NULL, detail text);
        CREATE INDEX job_event_job ON job_event(job, id);
        CREATE TABLE lease(name text PRIMARY KEY, owner text NOT NULL, term bigint NOT NULL, until bigint NOT NULL) WITH (fillfactor = 50);
        CREATE TABLE worker(id text PRIMARY KEY, beat_json bytea NOT NULL, first_seen bigint NOT NULL, last_seen bigint NOT NULL) WITH (fillfactor = 50);
        CREATE TABLE dead_letter(
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, digest text NOT NULL UNIQUE, queue text NOT NULL, reason text NOT NULL, job_id text, stage text, items_json text NOT NULL,
          body bytea NOT NULL, body_bytes bigint NOT NULL, headers_json text, first_at bigint NOT NULL, last_at bigint NOT NULL, n bigint NOT NULL, resolution text);
        CREATE INDEX dead_letter_open ON dead_letter(id) WHERE resolution IS NULL;
        """,
    ];

    /// <summary>Brings a database to this program's version. Of several processes that start at once, one does it and the others wait.</summary>
    public static Task MigrateAsync(PostgresRunner runner, CancellationToken cancellation) => MigrateAsync(runner, Steps, cancellation);

    /// <summary>Brings a database to the version of some steps, for tests that need another one.</summary>
    internal static Task MigrateAsync(PostgresRunner runner, string[] steps, CancellationToken cancellation) => runner.RunAsync(
        async tx =>
        {
            await tx.QueryAsync("SELECT pg_advisory_xact_lock($1)", _ => 0, MigrationLock).ConfigureAwait(false);
            await tx.ExecuteAsync("CREATE TABLE IF NOT EXISTS schema_version(n bigint NOT NULL, at timestamptz NOT NULL DEFAULT now())").ConfigureAwait(false);
            long version = (await tx.QueryAsync("SELECT coalesce(max(n), 0) FROM schema_version", r => r.GetInt64(0)).ConfigureAwait(false))[0];
            if (version > steps.Length)
            {
                throw JobRules.NewerVersion(runner.Where, version, steps.Length);
            }

            for (; version < steps.Length; version++)
            {
                await tx.ExecuteAsync(steps[version]).ConfigureAwait(false);
                await tx.ExecuteAsync("INSERT INTO schema_version(n) VALUES($1)", version + 1).ConfigureAwait(false);
            }

            return true;
        },
        cancellation);
}
