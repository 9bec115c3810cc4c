using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Tests;

/// <summary>What every ledger does, whatever stands behind it.</summary>
public abstract partial class LedgerContract : IAsyncLifetime
{
    private LedgerFixture fixture = null!;

    private ILedger Ledger => fixture.Ledger;

    public async Task InitializeAsync() => fixture = await LedgerFixture.CreateAsync(await CreateAsync());

    public async Task DisposeAsync() => await fixture.DisposeAsync();

    private protected abstract Task<ITestDatabase> CreateAsync();

    [Fact]
    public async Task A_job_comes_back_as_it_stands_and_refuses_another_specification()
    {
        JobInfo created = await Ledger.OpenJobAsync(LedgerFixture.NewJob(), default);
        Assert.Equal((JobState.Planning, 0L, 64), (created.State, created.ImportedPictures, created.Window));
        await Ledger.ImportAsync(LedgerFixture.Job, 0, [LedgerFixture.Picture(0, "joy", "fear")], default);
        JobInfo again = await Ledger.OpenJobAsync(LedgerFixture.NewJob(), default);
        Assert.Equal((1L, 2L), (again.ImportedPictures, again.ImportedItems));
        LedgerException e = await Assert.ThrowsAsync<LedgerException>(() => Ledger.OpenJobAsync(LedgerFixture.NewJob() with { SpecDigest = "other" }, default));
        Assert.Equal(ErrorCodes.Ledger, e.Code);
    }

    [Fact]
    public async Task An_import_goes_on_where_it_stopped_and_repeats_change_nothing()
    {
        await Ledger.OpenJobAsync(LedgerFixture.NewJob(), default);
        NewPicture[] pictures = [.. Enumerable.Range(0, 10).Select(i => LedgerFixture.Picture(i, "joy", "fear"))];
        await Ledger.ImportAsync(LedgerFixture.Job, 0, pictures[..4], default);
        await fixture.Reopen();
        await Ledger.ImportAsync(LedgerFixture.Job, 2, pictures[2..7], default);
        await Ledger.ImportAsync(LedgerFixture.Job, 0, pictures, default);
        await Ledger.ImportAsync(LedgerFixture.Job, 0, pictures, default);
        await Assert.ThrowsAsync<LedgerException>(() => Ledger.ImportAsync(LedgerFixture.Job, 11, pictures, default));
        List<ItemReport> items = await fixture.Items();
        Assert.Equal(Enumerable.Range(0, 20).Select(i => ((long)i, $"p{i / 2}")), items.Select(i => (i.Item, i.PictureId)));
        Assert.Equal(20, (await fixture.Progress()).Count(ItemState.Pending));
    }

    [Fact]
    public async Task An_item_is_done_when_all_its_stages_are_in_whatever_order()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"));
        await fixture.Claim(1);
        foreach (string stage in new[] { "score", "edit", "prompt", "caption" })
        {
            Assert.Equal((1, 0), (await fixture.Apply(stage, 0, StageOutcome.Done)) is var r ? (r.Applied, r.Done) : default);
            Assert.Equal(1, (await fixture.Apply(stage, 0, StageOutcome.Cached)).Ignored);
        }

        Assert.Equal(1, (await fixture.Apply("invert", 0, StageOutcome.Cached)).Done);
        ItemReport item = Assert.Single(await fixture.Items());
        Assert.Equal(ItemState.Done, item.State);
        Assert.Equal("edit-0", item.Stages["edit"].WorkKey);
        Assert.Equal(1, (await fixture.Apply("edit", 0, StageOutcome.Poison)).Ignored);
        Assert.Equal(JobState.Done, await Ledger.FinishJobAsync(LedgerFixture.Job, default));
    }

    [Fact]
    public async Task Poison_ends_the_item_with_its_reason_and_settles_what_could_only_follow()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"), LedgerFixture.Picture(1, "joy"));
        await fixture.Claim(2);
        Assert.Equal(1, (await fixture.Apply("prompt", 0, StageOutcome.Poison)).Failed);
        List<ItemReport> items = await fixture.Items();
        Assert.Equal([ItemState.Quarantined, ItemState.InFlight], items.Select(i => i.State));
        Assert.Equal(new ItemFailure("prompt", ErrorCodes.SourceUndecodable, "prompt of 0", "f"), items[0].Failure);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_two_branches_fail_the_earlier_stage_is_the_reason_whoever_was_faster(bool captionFirst)
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"));
        await fixture.Claim(1);
        foreach (string stage in new[] { "prompt", "invert", "edit" })
        {
            await fixture.Apply(stage, 0, StageOutcome.Done);
        }

        Assert.Equal(0, (await fixture.Apply(captionFirst ? "caption" : "score", 0, StageOutcome.Poison)).Failed);
        Assert.Equal(1, (await fixture.Apply(captionFirst ? "score" : "caption", 0, StageOutcome.Poison)).Failed);
        Assert.Equal("caption", (await fixture.Items())[0].Failure!.Stage);
    }

    [Fact]
    public async Task Only_the_stages_of_the_job_are_needed()
    {
        await using LedgerFixture small = await LedgerFixture.CreateAsync(await CreateAsync(), StageGraph.Required);
        await small.Import(LedgerFixture.Picture(0, "joy"));
        await small.Claim(1);
        Assert.Equal(1, (await small.Apply("score", 0, StageOutcome.Done)).Ignored);
        await small.Apply("prompt", 0, StageOutcome.Done);
        await small.Apply("invert", 0, StageOutcome.Done);
        Assert.Equal(1, (await small.Apply("edit", 0, StageOutcome.Done)).Done);
    }

    [Fact]
    public async Task Texts_of_every_kind_survive()
    {
        await Ledger.OpenJobAsync(LedgerFixture.NewJob(), default);
        string nasty = "a'\";--\u00e9\u4e2d\U0001F600\t\0b";
        await Ledger.ImportAsync(LedgerFixture.Job, 0, [new NewPicture(nasty, nasty, "", "", [new NewItem(nasty, 0.25, 3, long.MaxValue)])], default);
        ItemReport item = Assert.Single(await fixture.Items());
        Assert.Equal((nasty, nasty, 0.25, 3, long.MaxValue, ""), (item.PictureId, item.Emotion, item.Intensity, item.Variant, item.Seed, item.LineJson));
    }

    [Fact]
    public async Task Requests_side_by_side_do_not_disturb_each_other()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"));
        await fixture.Claim(1);
        var tasks = new List<Task>();
        for (int i = 0; i < 50; i++)
        {
            tasks.Add(Assert.ThrowsAsync<LedgerException>(() => Ledger.SetPausedAsync("unknown", true, null, default)));
            tasks.Add(fixture.Apply("prompt", 0, StageOutcome.Done));
        }

        await Task.WhenAll(tasks);
        Assert.Equal(1, (await fixture.Progress()).Count("prompt", StageOutcome.Done));
        await fixture.AssertCountersEqualScan();
    }
}
