using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger.Tests;

/// <content>Outcomes and what they add up to.</content>
public abstract partial class LedgerContract
{
    [Fact]
    public async Task Replay_opens_failed_items_of_one_cause_again_and_keeps_what_succeeded()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"), LedgerFixture.Picture(1, "joy"));
        await fixture.Claim(2);
        await fixture.Apply("prompt", 0, StageOutcome.Done);
        await Ledger.ApplyAsync([LedgerFixture.Result("invert", 0, StageOutcome.Poison, fingerprint: "a"), LedgerFixture.Result("prompt", 1, StageOutcome.Poison, fingerprint: "b")], default);
        await Ledger.FinishJobAsync(LedgerFixture.Job, default);
        Assert.Equal(["a", "b"], (await Ledger.ErrorsAsync(LedgerFixture.Job, 10, default)).Select(e => e.Fingerprint).Order());

        Assert.Equal(1, await Ledger.ReplayAsync(LedgerFixture.Job, new ReplaySelection { Fingerprint = "a" }, default));
        PictureDispatch dispatch = Assert.Single(await fixture.Claim(10));
        Assert.Equal((0L, 1, 0), (dispatch.Picture, dispatch.Epoch, dispatch.Attempt));
        Assert.Equal(1, (await fixture.Apply("invert", 0, StageOutcome.Done)).Ignored);
        Assert.Equal(1, (await fixture.Apply("prompt", 0, StageOutcome.Cached, epoch: 1)).Ignored);
        foreach (string stage in new[] { "invert", "edit", "caption", "score" })
        {
            Assert.Equal(1, (await fixture.Apply(stage, 0, StageOutcome.Done, epoch: 1)).Applied);
        }

        Assert.Equal([ItemState.Done, ItemState.Quarantined], (await fixture.Items()).Select(i => i.State));
        Assert.Null((await fixture.Items())[0].Failure);
        await fixture.AssertCountersEqualScan();
    }

    [Fact]
    public async Task Items_to_replay_can_be_named_by_number_and_by_stage()
    {
        await fixture.Import(LedgerFixture.Pictures(4, "joy"));
        await fixture.Claim(4);
        await Ledger.ApplyAsync([.. Enumerable.Range(0, 4).Select(i => LedgerFixture.Result(i < 2 ? "prompt" : "invert", i, StageOutcome.Poison, fingerprint: $"f{i % 2}"))], default);
        await fixture.Apply("prompt", 2, StageOutcome.Done);
        await fixture.Apply("prompt", 3, StageOutcome.Done);
        Assert.Equal(4, (await fixture.Progress()).Count(ItemState.Quarantined));
        Assert.Equal(0, await Ledger.ReplayAsync(LedgerFixture.Job, new ReplaySelection { Items = [0, 77], Stage = "invert" }, default));
        Assert.Equal(1, await Ledger.ReplayAsync(LedgerFixture.Job, new ReplaySelection { Items = [0, 0, 77] }, default));
        Assert.Equal(1, await Ledger.ReplayAsync(LedgerFixture.Job, new ReplaySelection { Stage = "invert", Fingerprint = "f1" }, default));
        Assert.Equal([0, 3], (await fixture.Claim(10)).Select(d => d.Picture));
        await fixture.AssertCountersEqualScan();
    }

    [Fact]
    public async Task A_cancelled_job_is_not_replayed()
    {
        await fixture.Import(LedgerFixture.Pictures(2, "joy"));
        await fixture.Claim(2);
        await fixture.Apply("prompt", 0, StageOutcome.Poison);
        await Ledger.CancelAsync(LedgerFixture.Job, default);
        Assert.Equal(0, await Ledger.ReplayAsync(LedgerFixture.Job, ReplaySelection.Everything, default));
        Assert.Equal(0, (await fixture.Progress()).Open);
    }

    [Fact]
    public async Task Results_that_make_no_sense_change_nothing_and_spoil_nothing()
    {
        await fixture.Import(LedgerFixture.Pictures(2, "joy"));
        await fixture.Claim(2);
        string text = new('x', 5000);
        StageResult good = LedgerFixture.Result("prompt", 0, StageOutcome.Done);
        ApplyReport report = await Ledger.ApplyAsync(
            [
                good with { JobId = "unknown" }, good with { JobId = "nul\0" }, good with { Stage = "paint" }, good with { Stage = "" }, LedgerFixture.Result("prompt", -1, StageOutcome.Done),
                LedgerFixture.Result("prompt", long.MaxValue, StageOutcome.Done), LedgerFixture.Result("prompt", 0, (StageOutcome)77), LedgerFixture.Result("prompt", 0, StageOutcome.Cancelled),
                LedgerFixture.Result("prompt", 0, StageOutcome.Done, epoch: int.MaxValue), good with { Entries = [] },
                good with { WorkerId = text, Device = "\0\ud800", Entries = [good.Entries[0] with { WorkKey = text, ComputeMs = -5 }] },
                LedgerFixture.Result("prompt", 1, StageOutcome.Poison) with
                {
                    Entries = [new StageResultEntry
                    {
                        Item = 1, Outcome = StageOutcome.Poison,
                        Error = new ItemError { Code = text, Type = "T\0", Message = new string('m', 1999) + "\U0001F600", Fingerprint = text },
                    }],
                },
                good,
            ],
            default);
        Assert.Equal((2, 10), (report.Applied, report.Ignored));
        List<ItemReport> items = await fixture.Items();
        Assert.Equal(new StageRow("prompt", StageOutcome.Done, text[..200], text[..200], "\0\ufffd", 0), items[0].Stages["prompt"]);
        Assert.Equal(new string('m', 1999), items[1].Failure!.Message);
        Assert.Equal(items[1].Failure!.Fingerprint, Assert.Single(await Ledger.ErrorsAsync(LedgerFixture.Job, 10, default)).Fingerprint);
        await fixture.AssertCountersEqualScan();
    }

    [Fact]
    public async Task A_failure_without_a_reason_is_still_a_failure()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"));
        await fixture.Claim(1);
        StageResult result = LedgerFixture.Result("prompt", 0, StageOutcome.Poison);
        await Ledger.ApplyAsync([result with { Entries = [result.Entries[0] with { Error = null }] }], default);
        Assert.Equal((ItemState.Quarantined, "none"), ((await fixture.Items())[0].State, (await fixture.Items())[0].Failure!.Fingerprint));
    }

    [Fact]
    public async Task Progress_tells_what_each_stage_still_has_before_it_and_what_was_spent()
    {
        await fixture.Import(LedgerFixture.Pictures(3, "joy"));
        await fixture.Claim(3);
        await fixture.Apply("prompt", 0, StageOutcome.Done); // 100 ms
        await fixture.Apply("prompt", 1, StageOutcome.Cached); // 101 ms
        await fixture.Apply("prompt", 1, StageOutcome.Cached);
        await fixture.Apply("invert", 0, StageOutcome.Transient); // 100 ms
        await fixture.Apply("prompt", 2, StageOutcome.Poison); // 102 ms
        JobProgress progress = await fixture.Progress();
        Assert.Equal([("caption", 2L), ("edit", 2L), ("invert", 2L), ("score", 2L)], progress.Backlog.Select(b => (b.Key, b.Value)).Order());
        Assert.Equal(0.403, progress.SpentSeconds, 6);
        Assert.Equal(101, progress.ComputeMs[("prompt", StageOutcome.Cached)]);
        Assert.Equal(0.403, (await Ledger.FindJobAsync(LedgerFixture.Job, default))!.SpentSeconds, 6);
        await Ledger.ReplayAsync(LedgerFixture.Job, ReplaySelection.Everything, default);
        progress = await fixture.Progress();
        Assert.Equal((1L, 3L, 0.403), (progress.Backlog["prompt"], progress.Backlog["invert"], Math.Round(progress.SpentSeconds, 6)));
        await Ledger.CancelAsync(LedgerFixture.Job, default);
        Assert.Empty((await fixture.Progress()).Backlog);
        await fixture.AssertCountersEqualScan();
    }

    [Fact]
    public async Task Items_can_be_read_in_part()
    {
        await fixture.Import(LedgerFixture.Pictures(1100, "joy", "fear"));
        await fixture.Claim(2000);
        await Ledger.ApplyAsync([.. Enumerable.Range(0, 2000).Where(i => i % 3 == 0).Select(i => LedgerFixture.Result("prompt", i, StageOutcome.Poison, fingerprint: $"f{i % 2}"))], default);
        Assert.Equal(Enumerable.Range(0, 2200).Select(i => (long)i), (await fixture.Items()).Select(i => i.Item));
        Assert.Equal([2198, 2199], (await fixture.Items(new ItemFilter { From = 2198 })).Select(i => i.Item));
        Assert.Equal(Enumerable.Range(0, 1200).Select(i => (long)i), (await fixture.Items(new ItemFilter { Limit = 1200 })).Select(i => i.Item));
        Assert.Equal(667, (await fixture.Items(new ItemFilter { States = [ItemState.Quarantined, ItemState.Failed] })).Count);
        List<ItemReport> some = await fixture.Items(new ItemFilter { Fingerprint = "f1", From = 600, Limit = 2 });
        Assert.Equal([603, 609], some.Select(i => i.Item));
        Assert.All(some, i => Assert.Equal(("f1", StageOutcome.Poison), (i.Failure!.Fingerprint, i.Stages["prompt"].Outcome)));
        Assert.Empty(await fixture.Items(new ItemFilter { Limit = 0 }));
    }
}
