using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Sqlite;
using Pipeline.TestKit;

namespace Pipeline.Ledger.Tests;

/// <summary>What only a file can show: damage, versions, tidiness.</summary>
public sealed class SqliteFileTests
{
    [Fact]
    public async Task A_ledger_of_a_newer_program_is_left_alone()
    {
        await using var database = new SqliteTestDatabase();
        await (await database.OpenAsync(null)).DisposeAsync();
        await database.ExecuteAsync("INSERT INTO schema_version(n) VALUES(99)");
        LedgerException e = await Assert.ThrowsAsync<LedgerException>(() => database.OpenAsync(null));
        Assert.Equal(ErrorCodes.LedgerVersion, e.Code);
    }

    [Fact]
    public async Task A_ledger_of_the_first_version_goes_on_with_true_counters()
    {
        var database = new SqliteTestDatabase();
        using (var db = new SqliteConnection(database.Path, readOnly: false))
        {
            LedgerSchema.Migrate(db, database.Path, target: 1);
            db.Script(
                """
                INSERT INTO job(no, id, tenant, name, spec_json, spec_digest, state, epoch, priority, stage_mask, credits, pictures, items, created_at)
                  VALUES(1, 'job-1', '', '', '{}', 'spec', 2, 0, 5, 31, 64, 3, 4, 1000);
                INSERT INTO picture VALUES(1, 0, 'p0', '/p0', NULL, '{}'), (1, 1, 'p1', '/p1', NULL, '{}'), (1, 2, 'p2', '/p2', NULL, '{}');
                INSERT INTO item(job, seq, picture, emotion, intensity, variant, seed, state, resolved, failed, attempt, epoch, lease_until, updated_at) VALUES
                  (1, 0, 0, 'joy', 1, 0, 7, 1, 1, 0, 0, 0, 5000, 1000), (1, 1, 0, 'fear', 1, 0, 8, 0, 0, 0, 0, 0, NULL, 1000),
                  (1, 2, 1, 'joy', 1, 0, 9, 5, 31, 4, 4, 0, NULL, 1000), (1, 3, 2, 'joy', 1, 0, 9, 4, 31, 1, 0, 0, NULL, 1000);
                INSERT INTO item_stage VALUES
                  (1, 0, 0, 0, 'k0', 'w', 'cpu', 0, 0, 120, 0, 0, 0, 1000), (1, 2, 0, 1, 'k1', 'w', 'cpu', 0, 0, 5, 0, 0, 0, 1000), (1, 2, 1, 0, 'k2', 'w', 'cpu', 0, 0, 10, 0, 0, 0, 1000),
                  (1, 2, 2, 2, NULL, 'w', 'cpu', 0, 0, 20, 0, 0, 0, 1000), (1, 3, 0, 3, NULL, 'w', 'cpu', 0, 0, 1, 0, 0, 0, 1000);
                INSERT INTO item_counter VALUES(1, 0, 1), (1, 1, 1), (1, 4, 1), (1, 5, 1);
                INSERT INTO stage_counter VALUES(1, 0, 0, 1), (1, 0, 1, 1), (1, 1, 0, 1), (1, 2, 2, 1), (1, 0, 3, 1);
                INSERT INTO error(job, seq, stage, attempt, code, fingerprint, type, message, first_at, last_at, n) VALUES
                  (1, 2, 2, 4, 'PIPE1601', 'io', 'T', 'm', 1, 2, 5), (1, 3, 0, 0, 'PIPE1105', 'bad', 'T', 'm', 1, 1, 1);
                """);
        }

        await using LedgerFixture fixture = await LedgerFixture.CreateAsync(database);
        await fixture.AssertCountersEqualScan();
        JobProgress progress = await fixture.Progress();
        Assert.Equal((0.156, 1L, 2L), (Math.Round(progress.SpentSeconds, 6), progress.Backlog["prompt"], progress.Backlog["score"]));
        Assert.Equal([("bad", 1L, 1L), ("io", 1L, 5L)], (await fixture.Ledger.ErrorsAsync("job-1", 10, default)).Select(e => (e.Fingerprint, e.Items, e.Occurrences)));
        Assert.Equal([ItemState.InFlight, ItemState.Pending, ItemState.Failed, ItemState.Quarantined], (await fixture.Items()).Select(i => i.State));
        Assert.Equal(2, await fixture.Ledger.ReplayAsync("job-1", ReplaySelection.Everything, default));
        Assert.Equal([0, 1, 2], (await fixture.Claim(10)).Select(d => d.Picture));
        await fixture.Apply("edit", 2, StageOutcome.Done, epoch: 1);
        await fixture.AssertCountersEqualScan();
    }

    [Fact]
    public void A_file_that_is_no_database_is_an_error_and_not_a_crash()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("other.db"), new string('x', 5000));
        LedgerException e = Assert.Throws<LedgerException>(() => new SqliteLedger(new SqliteLedgerOptions { Path = folder.File("other.db") }));
        Assert.Equal(FaultClass.Environment, e.Class);
    }

    [Fact]
    public async Task A_closed_ledger_is_one_file()
    {
        await using var database = new SqliteTestDatabase();
        await (await database.OpenAsync(null)).DisposeAsync();
        Assert.Equal([database.Path], Directory.GetFiles(Path.GetDirectoryName(database.Path)!));
    }
}
