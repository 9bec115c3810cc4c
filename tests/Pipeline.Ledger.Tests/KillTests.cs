using Pipeline.Contracts.Topology;
using Pipeline.TestKit;

namespace Pipeline.Ledger.Tests;

public sealed class KillTests
{
    [Fact]
    public async Task Killed_at_random_moments_nothing_acknowledged_is_lost_and_the_counters_are_true_in_SQLite()
    {
        await using var database = new SqliteTestDatabase();
        await KillWriters(database);
    }

    [Fact]
    [Trait("Category", "Live")]
    public async Task Killed_at_random_moments_nothing_acknowledged_is_lost_and_the_counters_are_true_in_PostgreSQL()
    {
        await using PostgresTestDatabase database = await PostgresTestDatabase.CreateAsync();
        await KillWriters(database);
    }

    private static async Task KillWriters(ITestDatabase database)
    {
        var random = new Xorshift(7);
        var acknowledged = new HashSet<(string Stage, long Item)>();
        long imported = 0;
        bool finished = false;
        int kills = 0;
        for (int round = 0; round < 40 && !finished; round++)
        {
            int limit = kills < 8 ? 20 + random.Below(450) : int.MaxValue;
            finished = await RunUntil(database.Address, limit, acknowledged, value => imported = Math.Max(imported, value));
            kills += finished ? 0 : 1;
            await LedgerFixture.AssertCountersEqualScan(database);
            await Check(database, acknowledged, imported);
        }

        Assert.True(finished);
        Assert.True(kills >= 4, $"only {kills} kills hit");
        await using ILedger ledger = await database.OpenAsync(null);
        JobProgress progress = await ledger.ProgressAsync(LedgerFixture.Job, default);
        Assert.Equal((Program.Pictures * 9 / 10, Program.Pictures / 10, 0), (progress.Count(ItemState.Done), progress.Count(ItemState.Quarantined), progress.Open));
    }

    internal static async Task<bool> RunUntil(string address, int lines, HashSet<(string Stage, long Item)> acknowledged, Action<long> imported)
    {
        using ChildProcess child = ChildProcess.Start(typeof(Program), "write", address);
        while (await child.Output.ReadLineAsync() is { } line)
        {
            string[] parts = line.Split(' ');
            if (parts[0] == "finished")
            {
                return true;
            }

            if (parts[0] == "imported")
            {
                imported(long.Parse(parts[1]));
            }
            else
            {
                acknowledged.Add((parts[0], long.Parse(parts[1])));
            }

            if (--lines > 0)
            {
                await child.Input.WriteLineAsync();
                await child.Input.FlushAsync();
            }
            else if (lines == 0)
            {
                child.Kill(); // one line is waited for, the other writers are somewhere in the middle
            }
        }

        return false;
    }

    internal static async Task Check(ITestDatabase database, HashSet<(string Stage, long Item)> acknowledged, long imported)
    {
        await using ILedger ledger = await database.OpenAsync(null);
        var stored = new HashSet<(string Stage, long Item)>();
        long items = 0;
        await foreach (ItemReport item in ledger.ItemsAsync(LedgerFixture.Job, default))
        {
            Assert.Equal(items++, item.Item);
            stored.UnionWith(item.Stages.Keys.Select(s => (s, item.Item)));
            if (item.State == ItemState.Quarantined)
            {
                // What a failed edit settled is acknowledged as ignored and has no row of its own.
                stored.UnionWith(StageGraph.Stages(StageGraph.WithDescendants("edit")).Select(s => (s, item.Item)));
            }
        }

        Assert.True(items >= imported);
        Assert.Subset(stored, acknowledged);
    }
}
