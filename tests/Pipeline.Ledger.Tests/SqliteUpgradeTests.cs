using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger.Sqlite;
using Pipeline.TestKit;

namespace Pipeline.Ledger.Tests;

/// <summary>Whatever a ledger of version 1 holds, its upgrade makes the counters that it would have kept.</summary>
public sealed class SqliteUpgradeTests
{
    private const int Items = 12;

    // What version 1 knew, column by column.
    private static readonly (string Table, string Columns)[] FirstVersion =
    [
        ("job", "no, id, tenant, name, spec_json, spec_digest, state, epoch, priority, weight, stage_mask, credits, pictures, items, created_at, started_at, finished_at"),
        ("picture", "job, picture, id, source_uri, source_sha256, line_json"),
        ("item", "job, seq, picture, emotion, intensity, variant, seed, state, resolved, failed, attempt, epoch, lease_until, next_at, updated_at"),
        ("item_stage", "job, seq, stage, outcome, work_key, worker, device, queued_ms, download_ms, compute_ms, upload_ms, bytes_in, bytes_out, at"),
        ("item_counter", "job, state, n"), ("stage_counter", "job, stage, outcome, n"), ("outbox", "id, job, kind, body, created_at, sent_at"),
        ("error", "id, job, seq, stage, attempt, code, fingerprint, type, message, first_at, last_at, n"),
    ];

    [Fact]
    public void An_upgraded_ledger_has_the_counters_of_one_that_was_always_new() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<uint>(),
            seed =>
            {
                Upgrade(seed).GetAwaiter().GetResult();
                return true;
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(15));

    private static async Task Upgrade(uint seed)
    {
        await using LedgerFixture always = await LedgerFixture.CreateAsync(new SqliteTestDatabase());
        await Work(always, new Xorshift(seed + 1));
        JobProgress expected = await always.Progress();
        await using LedgerFixture upgraded = await LedgerFixture.CreateAsync(InFirstVersion(always.Database));
        JobProgress actual = await upgraded.Progress();
        Assert.Equal(expected.Items.OrderBy(i => i.Key), actual.Items.OrderBy(i => i.Key));
        Assert.Equal(expected.Backlog.OrderBy(b => b.Key), actual.Backlog.OrderBy(b => b.Key));
        Assert.Equal(expected.ComputeMs.OrderBy(c => c.Key), actual.ComputeMs.OrderBy(c => c.Key));
        await upgraded.AssertCountersEqualScan();

        // And it goes on as the other does.
        foreach (LedgerFixture fixture in new[] { always, upgraded })
        {
            fixture.Time.Now = new ManualTime().Now.AddDays(1);
            await fixture.Ledger.ReplayAsync(LedgerFixture.Job, ReplaySelection.Everything, default);
            await fixture.Claim(5);
        }

        Assert.Equal((await always.Items()).Select(i => (i.State, i.Epoch, i.Attempt)), (await upgraded.Items()).Select(i => (i.State, i.Epoch, i.Attempt)));
    }

    private static async Task Work(LedgerFixture fixture, Xorshift random)
    {
        await fixture.Import(LedgerFixture.Pictures(Items / 2, "joy", "fear"));
        for (int step = 0; step < 60; step++)
        {
            int item = random.Below(Items);
            ItemReport known = (await fixture.Items(new ItemFilter { From = item, Limit = 1 }))[0];
            StageOutcome outcome = new[] { StageOutcome.Done, StageOutcome.Done, StageOutcome.Cached, StageOutcome.Poison, StageOutcome.Transient }[random.Below(5)];
            switch (random.Below(12))
            {
                case 0:
                    await fixture.Claim(4);
                    break;
                case 1:
                    await fixture.Ledger.ReplayAsync(LedgerFixture.Job, new ReplaySelection { Items = [item] }, default);
                    break;
                case 2:
                    fixture.Time.Now += TimeSpan.FromMinutes(40);
                    break;
                default:
                    await fixture.Apply(StageNames.All[random.Below(5)], item, outcome, known.Epoch, known.Attempt);
                    break;
            }
        }
    }

    private static SqliteTestDatabase InFirstVersion(ITestDatabase source)
    {
        var first = new SqliteTestDatabase();
        using (var db = new SqliteConnection(first.Path, readOnly: false))
        {
            LedgerSchema.Migrate(db, first.Path, target: 1);
            db.Script($"ATTACH DATABASE '{source.Address}' AS new");
            foreach ((string table, string columns) in FirstVersion)
            {
                db.Script($"INSERT INTO main.{table}({columns}) SELECT {columns} FROM new.{table}");
            }
        }

        return first;
    }
}
