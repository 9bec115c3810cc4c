using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Tests;

/// <content>Items on their way.</content>
public abstract partial class LedgerContract
{
    [Fact]
    public async Task Claims_take_whole_pictures_within_the_credit_and_no_item_twice()
    {
        await fixture.Import([.. Enumerable.Range(0, 5).Select(i => LedgerFixture.Picture(i, "joy", "fear", "anger"))]);
        IReadOnlyList<PictureDispatch> first = await fixture.Claim(7);
        Assert.Equal([0, 1], first.Select(d => d.Picture));
        Assert.Equal([0, 1, 2, 3, 4, 5], first.SelectMany(d => d.Items).Select(i => i.Item));
        Assert.Empty(await fixture.Claim(2, oversize: false));
        Assert.Equal([2], (await fixture.Claim(2)).Select(d => d.Picture));
        Assert.Equal([3, 4], (await fixture.Claim(100)).Select(d => d.Picture));
        Assert.Empty(await fixture.Claim(100));
    }

    [Fact]
    public async Task A_claim_and_its_message_are_one_commit_and_stay_until_confirmed()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"), LedgerFixture.Picture(1, "joy"));
        IReadOnlyList<OutboxMessage> sent = await Ledger.ClaimAsync(LedgerFixture.Job, 10, true, TimeSpan.FromMinutes(1), d => [(byte)d.Picture], default);
        await fixture.Reopen();
        Assert.Equal(sent.Select(m => (m.Id, m.Body[0])), (await Ledger.UnsentAsync(LedgerFixture.Job, 10, default)).Select(m => (m.Id, m.Body[0])));
        await Ledger.ConfirmSentAsync([sent[0].Id], default);
        Assert.Equal([sent[1].Id], (await Ledger.UnsentAsync(LedgerFixture.Job, 10, default)).Select(m => m.Id));
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await Ledger.ReleaseAsync(LedgerFixture.Job, all: true, default);
            await Ledger.ClaimAsync(LedgerFixture.Job, 10, true, TimeSpan.FromMinutes(1), _ => throw new InvalidOperationException("no message"), default);
        });
        Assert.Equal(2, (await fixture.Progress()).Count(ItemState.Pending));
        Assert.Empty(await Ledger.UnsentAsync(LedgerFixture.Job, 10, default));
    }

    [Fact]
    public async Task Leases_run_out_unless_renewed()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"), LedgerFixture.Picture(1, "joy"));
        await fixture.Claim(2);
        fixture.Time.Now += TimeSpan.FromMinutes(15);
        await Ledger.RenewAsync([new ItemInHand(LedgerFixture.Job, 1)], TimeSpan.FromMinutes(20), default);
        fixture.Time.Now += TimeSpan.FromMinutes(10);
        Assert.Equal(1, await Ledger.ReleaseAsync(LedgerFixture.Job, all: false, default));
        Assert.Equal([0], (await fixture.Claim(10)).Select(d => d.Picture));
        Assert.Equal(2, await Ledger.ReleaseAsync(LedgerFixture.Job, all: true, default));
    }

    [Fact]
    public async Task Transient_failures_are_tried_again_after_their_delays_and_given_up_after_the_last()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"));
        foreach ((int attempt, int seconds) in new[] { (0, 30), (1, 120), (2, 600), (3, 1800) })
        {
            PictureDispatch dispatch = Assert.Single(await fixture.Claim(1));
            Assert.Equal(attempt, dispatch.Attempt);
            Assert.Equal(1, (await fixture.Apply("edit", 0, StageOutcome.Transient, attempt: attempt)).Retried);
            Assert.Equal(1, (await fixture.Apply("edit", 0, StageOutcome.Transient, attempt: attempt)).Ignored);
            Assert.Equal(fixture.Time.Now.AddSeconds(seconds), await Ledger.NextRetryAsync(LedgerFixture.Job, default));
            fixture.Time.Now += TimeSpan.FromSeconds(seconds - 1);
            Assert.Empty(await fixture.Claim(1));
            fixture.Time.Now += TimeSpan.FromSeconds(1);
        }

        Assert.Single(await fixture.Claim(1));
        await fixture.Apply("prompt", 0, StageOutcome.Cached, attempt: 4);
        await fixture.Apply("invert", 0, StageOutcome.Cached, attempt: 4);
        Assert.Equal(1, (await fixture.Apply("edit", 0, StageOutcome.Transient, attempt: 4)).Failed);
        Assert.Equal(ItemState.Failed, (await fixture.Items())[0].State);
        Assert.Equal(5, Assert.Single(await Ledger.ErrorsAsync(LedgerFixture.Job, 10, default)).Occurrences);
        Assert.Equal(JobState.DoneWithErrors, await Ledger.FinishJobAsync(LedgerFixture.Job, default));
    }

    [Fact]
    public async Task Claims_go_on_where_the_last_one_ended_and_come_back_to_what_was_released()
    {
        await fixture.Import(LedgerFixture.Pictures(6, "joy"));
        await fixture.Claim(4);
        fixture.Time.Now += TimeSpan.FromMinutes(30);
        Assert.Equal(4, await Ledger.ReleaseAsync(null, all: false, default));
        Assert.Equal([0, 1, 2, 3, 4], (await fixture.Claim(5)).Select(d => d.Picture));
        Assert.Equal([5], (await fixture.Claim(5)).Select(d => d.Picture));
        await fixture.AssertCountersEqualScan();
    }

    [Fact]
    public async Task A_picture_with_many_edits_travels_in_several_messages()
    {
        await fixture.Import(LedgerFixture.Picture(0, [.. Enumerable.Range(0, 50).Select(i => $"e{i}")]), LedgerFixture.Picture(1, "joy"));
        IReadOnlyList<PictureDispatch> dispatches = await fixture.Claim(10);
        Assert.Equal([24, 24, 2], dispatches.Select(d => d.Items.Count));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), dispatches.SelectMany(d => d.Items).Select(i => i.Item));
        Assert.Equal([1], (await fixture.Claim(10)).Select(d => d.Picture));
    }

    [Fact]
    public async Task Retries_and_messages_are_seen_over_all_jobs()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"), LedgerFixture.Picture(1, "joy"));
        await Ledger.OpenJobAsync(LedgerFixture.NewJob() with { Id = "job-2" }, default);
        await Ledger.ImportAsync("job-2", 0, LedgerFixture.Pictures(1, "joy"), default);
        await Ledger.FinishImportAsync("job-2", default);
        Assert.Null(await Ledger.NextRetryAsync(null, default));
        await fixture.Claim(2);
        await Ledger.ClaimAsync("job-2", 1, true, TimeSpan.FromMinutes(1), _ => [2], default);
        Assert.Equal([LedgerFixture.Job, LedgerFixture.Job, "job-2"], (await Ledger.UnsentAsync(null, 10, default)).Select(m => m.JobId));
        Assert.Equal([2], (await Ledger.UnsentAsync("job-2", 10, default)).Single().Body);
        fixture.Time.Now += TimeSpan.FromSeconds(10);
        await fixture.Apply("prompt", 1, StageOutcome.Transient);
        fixture.Time.Now -= TimeSpan.FromSeconds(10);
        await Ledger.ApplyAsync([LedgerFixture.Result("prompt", 0, StageOutcome.Transient) with { JobId = "job-2" }], default);
        Assert.Equal(fixture.Time.Now.AddSeconds(30), await Ledger.NextRetryAsync(null, default));
        Assert.Equal(fixture.Time.Now.AddSeconds(40), await Ledger.NextRetryAsync(LedgerFixture.Job, default));
        await Ledger.SetPausedAsync("job-2", true, null, default);
        Assert.Equal(fixture.Time.Now.AddSeconds(40), await Ledger.NextRetryAsync(null, default));
    }

    [Fact]
    public async Task Renewals_pass_over_what_is_unknown()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"));
        await fixture.Claim(1);
        await Ledger.RenewAsync([new ItemInHand("nobody", 0), new ItemInHand(LedgerFixture.Job, 99), new ItemInHand(LedgerFixture.Job, 0)], TimeSpan.FromHours(2), default);
        fixture.Time.Now += TimeSpan.FromHours(1);
        Assert.Equal(0, await Ledger.ReleaseAsync(null, all: false, default));
    }

    [Fact]
    public async Task An_item_that_kills_its_worker_is_run_alone_and_then_set_aside()
    {
        await fixture.Import(LedgerFixture.Pictures(3, "joy", "fear"));
        await fixture.Claim(4);
        Assert.Equal(1, (await fixture.Apply("prompt", 0, StageOutcome.Crash)).Suspected);
        Assert.Equal(1, (await fixture.Apply("prompt", 0, StageOutcome.Crash)).Ignored);
        Assert.Equal(1, (await fixture.Apply("prompt", 2, StageOutcome.Crash)).Suspected);
        PictureDispatch alone = (await fixture.Claim(10))[0];
        Assert.Equal((true, 0L, 1, 0L), (alone.Suspect, alone.Picture, alone.Attempt, alone.Items.Single().Item));
        Assert.Empty(await fixture.Claim(10)); // the other suspect waits for the first
        Assert.Equal(1, (await fixture.Apply("prompt", 0, StageOutcome.Crash, attempt: 1)).Failed);
        alone = Assert.Single(await fixture.Claim(10));
        Assert.Equal((true, 2L), (alone.Suspect, alone.Items.Single().Item));
        foreach (string stage in StageNames.All)
        {
            await fixture.Apply(stage, 2, StageOutcome.Done, attempt: 1);
        }

        List<ItemReport> items = await fixture.Items();
        Assert.Equal((ItemState.Quarantined, 2), (items[0].State, items[0].Crashes));
        Assert.Equal((ItemState.Done, 1), (items[2].State, items[2].Crashes));
        Assert.Equal(1, await Ledger.ReplayAsync(LedgerFixture.Job, ReplaySelection.Everything, default));
        Assert.True(Assert.Single(await fixture.Claim(10)).Suspect);
        await fixture.AssertCountersEqualScan();
    }

    [Fact]
    public async Task A_crash_costs_none_of_the_tries_for_faults_of_the_world()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"));
        await fixture.Claim(1);
        await fixture.Apply("edit", 0, StageOutcome.Crash);
        for (int attempt = 1; attempt <= 4; attempt++)
        {
            Assert.True(Assert.Single(await fixture.Claim(1)).Suspect);
            Assert.Equal(1, (await fixture.Apply("edit", 0, StageOutcome.Transient, attempt: attempt)).Retried);
            fixture.Time.Now += TimeSpan.FromHours(1);
        }

        await fixture.Claim(1);
        await fixture.Apply("edit", 0, StageOutcome.Transient, attempt: 5);
        await fixture.Apply("prompt", 0, StageOutcome.Done, attempt: 5);
        Assert.Equal(1, (await fixture.Apply("invert", 0, StageOutcome.Done, attempt: 5)).Failed);
        Assert.Equal(ItemState.Failed, (await fixture.Items())[0].State);
    }
}
