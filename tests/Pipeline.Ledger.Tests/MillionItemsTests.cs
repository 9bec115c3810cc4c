using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.TestKit;
using Pipeline.TestShared;

namespace Pipeline.Ledger.Tests;

/// <summary>
/// F19: a job of a million items. The limits are a fifth of what the design asks of two quiet processors, so that they tell a scan or a transaction an item (hundred times slower)
/// from a busy machine; the rates themselves are in docs/benchmarks/ledger.md.
/// </summary>
public sealed class MillionItemsTests
{
    private const int Items = 1_000_000;
    private static readonly TimeSpan ImportLimit = TimeSpan.FromSeconds(5 * 30);
    private static readonly TimeSpan ProgressLimit = TimeSpan.FromMilliseconds(5 * 50);
    private const double AppliedInASecond = 20_000 / 5.0;

    [Fact]
    public async Task F19_a_million_items_in_SQLite()
    {
        using var folder = new TemporaryFolder();
        await using ILedger ledger = await Ledgers.OpenAsync(folder.File("ledger.db"), null, default);
        await Run(ledger);
    }

    [Fact]
    [Trait("Category", "Live")]
    public async Task F19_a_million_items_in_PostgreSQL()
    {
        await using PostgresTestDatabase database = await PostgresTestDatabase.CreateAsync();
        await using ILedger ledger = await Ledgers.OpenAsync(database.Address, null, default);
        await Run(ledger);
    }

    private static async Task Run(ILedger ledger)
    {
        const int window = 50_000;
        var load = new LedgerLoad(ledger, Items);
        TimeSpan import = await load.ImportAsync();
        await load.ClaimAsync(window);
        TimeSpan apply = await load.ApplyAsync(StageNames.Prompt, window, 1000);
        TimeSpan progress = await load.ProgressAsync(20);

        JobProgress counts = await ledger.ProgressAsync(LedgerLoad.Job, default);
        Assert.Equal((Items, Items - window, window), (counts.Total, counts.Count(ItemState.Pending), counts.Count(ItemState.InFlight)));
        Assert.Equal((window, Items - window, Items), (counts.Count(StageNames.Prompt, StageOutcome.Done), counts.Backlog[StageNames.Prompt], counts.Backlog[StageNames.Score]));
        Assert.True(import < ImportLimit, $"the import took {import}");
        Assert.True(window / apply.TotalSeconds > AppliedInASecond, $"{window} results took {apply}");
        Assert.True(progress < ProgressLimit, $"progress took {progress}");
    }
}
