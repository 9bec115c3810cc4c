using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger.Sqlite;

namespace Pipeline.Ledger.Tests;

public sealed class SqliteLedgerTests : IAsyncDisposable
{
    private readonly LedgerFixture fixture = new();

    private SqliteLedger Ledger => fixture.Ledger;

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

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
    public async Task Cancelling_ends_open_items_and_late_results_do_not_count()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"), LedgerFixture.Picture(1, "joy"));
        await fixture.Claim(1);
        await Ledger.CancelAsync(LedgerFixture.Job, default);
        Assert.Equal(1, (await fixture.Apply("prompt", 0, StageOutcome.Done)).Ignored);
        Assert.Equal(2, (await fixture.Progress()).Count(ItemState.Cancelled));
        Assert.Empty(await fixture.Claim(10));
        Assert.Equal(JobState.Cancelled, (await fixture.Progress()).State);
    }

    [Fact]
    public async Task A_paused_job_gives_out_nothing()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"));
        await Ledger.SetPausedAsync(LedgerFixture.Job, true, "a reason", default);
        Assert.Empty(await fixture.Claim(10));
        await Ledger.SetPausedAsync(LedgerFixture.Job, false, null, default);
        Assert.Single(await fixture.Claim(10));
    }

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
        LedgerFixture.AssertCountersEqualScan(fixture.Path);
    }

    [Fact]
    public async Task Only_the_stages_of_the_job_are_needed()
    {
        await using var small = new LedgerFixture(stageMask: StageGraph.Required);
        await small.Import(LedgerFixture.Picture(0, "joy"));
        await small.Claim(1);
        Assert.Equal(1, (await small.Apply("score", 0, StageOutcome.Done)).Ignored);
        await small.Apply("prompt", 0, StageOutcome.Done);
        await small.Apply("invert", 0, StageOutcome.Done);
        Assert.Equal(1, (await small.Apply("edit", 0, StageOutcome.Done)).Done);
    }

    [Fact]
    public async Task Requests_that_fail_do_not_take_their_group_with_them()
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
        LedgerFixture.AssertCountersEqualScan(fixture.Path);
    }

    [Fact]
    public async Task A_ledger_of_a_newer_program_is_left_alone()
    {
        await Ledger.DisposeAsync();
        using (var db = new SqliteConnection(fixture.Path, readOnly: false))
        {
            db.Execute("INSERT INTO schema_version(n) VALUES(99)");
        }

        LedgerException e = Assert.Throws<LedgerException>(() => new SqliteLedger(new SqliteLedgerOptions { Path = fixture.Path }));
        Assert.Equal(ErrorCodes.LedgerVersion, e.Code);
    }

    [Fact]
    public void A_file_that_is_no_database_is_an_error_and_not_a_crash()
    {
        string path = Path.Combine(Path.GetDirectoryName(fixture.Path)!, "other.db");
        File.WriteAllText(path, new string('x', 5000));
        Assert.Throws<LedgerException>(() => new SqliteLedger(new SqliteLedgerOptions { Path = path }));
    }

    [Fact]
    public async Task A_closed_ledger_is_one_file()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"));
        await Ledger.DisposeAsync();
        Assert.Equal([fixture.Path], Directory.GetFiles(Path.GetDirectoryName(fixture.Path)!));
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
}
