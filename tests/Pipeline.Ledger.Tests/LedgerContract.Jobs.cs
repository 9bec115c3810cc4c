using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Tests;

/// <content>Jobs.</content>
public abstract partial class LedgerContract
{
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
    public async Task Done_items_whose_results_are_lost_are_opened_again_with_all_their_stages()
    {
        await fixture.Import(LedgerFixture.Pictures(3, "joy"));
        await fixture.Claim(10);
        foreach (long item in new long[] { 0, 1, 2 })
        {
            foreach (string stage in StageNames.All)
            {
                await fixture.Apply(stage, item, item == 2 && stage == "score" ? StageOutcome.Poison : StageOutcome.Done);
            }
        }

        Assert.Equal(1, await Ledger.ReopenAsync(LedgerFixture.Job, [1, 1, 2, 99], "its picture is gone", default));
        Assert.Equal(0, await Ledger.ReopenAsync(LedgerFixture.Job, [1], "twice", default));
        JobProgress progress = await fixture.Progress();
        Assert.Equal((1, 1, 1), (progress.Count(ItemState.Done), progress.Count(ItemState.Pending), progress.Count(ItemState.Quarantined)));
        Assert.All(StageNames.All, s => Assert.Equal(1, progress.Backlog[s]));
        Assert.Equal(2, progress.Count("edit", StageOutcome.Done));
        await fixture.AssertCountersEqualScan();
        Assert.Contains(await Ledger.EventsAsync(LedgerFixture.Job, 10, default), e => e is { Kind: "reopened", Detail: "1 items: its picture is gone" });

        PictureDispatch again = Assert.Single(await fixture.Claim(10));
        Assert.Equal((1, 1L), (again.Epoch, Assert.Single(again.Items).Item));
        Assert.Equal(1, (await fixture.Apply("score", 1, StageOutcome.Done, epoch: 0)).Ignored);
        foreach (string stage in StageNames.All)
        {
            await fixture.Apply(stage, 1, StageOutcome.Cached, epoch: 1);
        }

        Assert.Equal(JobState.DoneWithErrors, await Ledger.FinishJobAsync(LedgerFixture.Job, default));
        await fixture.AssertCountersEqualScan();
        await Ledger.OpenJobAsync(LedgerFixture.NewJob() with { Id = "ended" }, default);
        await Ledger.CancelAsync("ended", default);
        Assert.Equal(0, await Ledger.ReopenAsync("ended", [0], "too late", default));
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
    public async Task A_job_keeps_what_it_was_created_with_and_is_found_and_listed()
    {
        NewJob wanted = LedgerFixture.NewJob() with
        {
            Name = "a name", Tenant = "t1", SpecJson = "{\"a\":1}", Class = WorkClass.Express, Priority = 7, Weight = 3, Window = 10, BudgetSeconds = 2.5,
        };
        await Ledger.OpenJobAsync(wanted, default);
        fixture.Time.Now += TimeSpan.FromSeconds(1);
        await Ledger.OpenJobAsync(LedgerFixture.NewJob() with { Id = "job-2", Tenant = "t2" }, default);
        JobInfo found = (await Ledger.FindJobAsync(LedgerFixture.Job, default))!;
        Assert.Equal(
            new JobInfo
            {
                Id = LedgerFixture.Job, Name = "a name", Tenant = "t1", SpecDigest = "spec", State = JobState.Planning, Epoch = 0, StageMask = StageGraph.Everything, Class = WorkClass.Express,
                Priority = 7, Weight = 3, Window = 10, BudgetSeconds = 2.5, CreatedAt = fixture.Time.Now.AddSeconds(-1),
            },
            found);
        Assert.Equal("{\"a\":1}", await Ledger.SpecAsync(LedgerFixture.Job, default));
        Assert.Null(await Ledger.FindJobAsync("other", default));
        Assert.Equal(["job-2", LedgerFixture.Job], (await Ledger.JobsAsync(JobQuery.Everything, default)).Select(j => j.Id));
        Assert.Equal(["job-2"], (await Ledger.JobsAsync(new JobQuery { Limit = 1 }, default)).Select(j => j.Id));
        Assert.Equal([LedgerFixture.Job], (await Ledger.JobsAsync(new JobQuery { Tenant = "t1" }, default)).Select(j => j.Id));
        await Ledger.CancelAsync("job-2", default);
        Assert.Equal([LedgerFixture.Job], (await Ledger.JobsAsync(JobQuery.Open, default)).Select(j => j.Id));
        Assert.Equal(["job-2"], (await Ledger.JobsAsync(new JobQuery { States = [JobState.Cancelled, JobState.Done] }, default)).Select(j => j.Id));
    }

    [Theory]
    [InlineData("", 31, 64, 1, null)]
    [InlineData("a/b", 31, 64, 1, null)]
    [InlineData("job", 1, 64, 1, null)]
    [InlineData("job", 31, 0, 1, null)]
    [InlineData("job", 31, 64, 0, null)]
    [InlineData("job", 31, 64, 1, -1.0)]
    public async Task Impossible_jobs_are_refused(string id, int stages, int window, int weight, double? budget)
    {
        var job = new NewJob { Id = id, SpecDigest = "d", StageMask = stages, Window = window, Weight = weight, BudgetSeconds = budget };
        LedgerException e = await Assert.ThrowsAsync<LedgerException>(() => Ledger.OpenJobAsync(job, default));
        Assert.Equal(FaultClass.Poison, e.Class);
        Assert.Empty(await Ledger.JobsAsync(JobQuery.Everything, default));
    }

    [Fact]
    public async Task An_adjustment_changes_what_it_names_and_nothing_else()
    {
        await Ledger.OpenJobAsync(LedgerFixture.NewJob() with { BudgetSeconds = 10 }, default);
        await Ledger.AdjustAsync(LedgerFixture.Job, new JobAdjustment { Window = 5, Weight = 4 }, default);
        JobInfo job = (await Ledger.FindJobAsync(LedgerFixture.Job, default))!;
        Assert.Equal((5, 5, 4, 10.0), (job.Window, job.Priority, job.Weight, job.BudgetSeconds));
        await Ledger.AdjustAsync(LedgerFixture.Job, new JobAdjustment { Priority = 9, BudgetSeconds = -1 }, default);
        job = (await Ledger.FindJobAsync(LedgerFixture.Job, default))!;
        Assert.Equal((5, 9, 4, null), (job.Window, job.Priority, job.Weight, job.BudgetSeconds));
        await Assert.ThrowsAsync<LedgerException>(() => Ledger.AdjustAsync(LedgerFixture.Job, new JobAdjustment { Window = 0 }, default));
    }

    [Fact]
    public async Task What_happens_to_a_job_is_written_down()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"), LedgerFixture.Picture(1, "joy"));
        await Ledger.SetPausedAsync(LedgerFixture.Job, true, "a reason", default);
        await Ledger.SetPausedAsync(LedgerFixture.Job, true, "again", default);
        await Ledger.SetPausedAsync(LedgerFixture.Job, false, null, default);
        await fixture.Claim(2);
        await fixture.Apply("prompt", 0, StageOutcome.Poison);
        await Ledger.ReplayAsync(LedgerFixture.Job, ReplaySelection.Everything, default);
        await Ledger.AddEventAsync(LedgerFixture.Job, "own", "word\0", default);
        fixture.Time.Now += TimeSpan.FromSeconds(5);
        await Ledger.CancelAsync(LedgerFixture.Job, default);
        await Ledger.CancelAsync(LedgerFixture.Job, default);
        IReadOnlyList<JobEvent> events = await Ledger.EventsAsync(LedgerFixture.Job, 100, default);
        Assert.Equal(
            [("created", null), ("imported", "2 items"), ("paused", "a reason"), ("resumed", null), ("replayed", "1 items"), ("own", "word\0"), ("cancelled", null)],
            events.Select(e => (e.Kind, e.Detail)));
        Assert.Equal(fixture.Time.Now, events[^1].At);
        Assert.Equal(["own", "cancelled"], (await Ledger.EventsAsync(LedgerFixture.Job, 2, default)).Select(e => e.Kind));
    }

    [Fact]
    public async Task A_job_that_cannot_be_run_ends_with_its_reason()
    {
        await fixture.Import(LedgerFixture.Picture(0, "joy"));
        await Ledger.FailJobAsync(LedgerFixture.Job, "no models", default);
        JobProgress progress = await fixture.Progress();
        Assert.Equal((JobState.Failed, 1L), (progress.State, progress.Count(ItemState.Cancelled)));
        Assert.Equal(("failed", "no models"), (await Ledger.EventsAsync(LedgerFixture.Job, 1, default)).Select(e => (e.Kind, e.Detail)).Single());
        await fixture.AssertCountersEqualScan();
    }

    [Fact]
    public async Task An_ended_job_can_be_deleted_and_leaves_nothing()
    {
        await fixture.Import(LedgerFixture.Pictures(3, "joy", "fear"));
        await Ledger.OpenJobAsync(LedgerFixture.NewJob() with { Id = "other" }, default);
        await Ledger.ImportAsync("other", 0, LedgerFixture.Pictures(1, "joy"), default);
        await fixture.Claim(4);
        await fixture.Apply("prompt", 0, StageOutcome.Done);
        await fixture.Apply("prompt", 1, StageOutcome.Poison);
        LedgerException e = await Assert.ThrowsAsync<LedgerException>(() => Ledger.DeleteJobAsync(LedgerFixture.Job, default));
        Assert.Contains("Running", e.Message);
        await Ledger.CancelAsync(LedgerFixture.Job, default);
        await Ledger.DeleteJobAsync(LedgerFixture.Job, default);
        await Ledger.DeleteJobAsync(LedgerFixture.Job, default);
        Assert.Null(await Ledger.FindJobAsync(LedgerFixture.Job, default));
        foreach (string table in new[] { "picture", "item", "item_stage", "item_counter", "stage_counter", "backlog", "error", "error_cause", "job_event", "outbox" })
        {
            Assert.Equal(["0"], await fixture.Database.QueryAsync($"SELECT count(*) FROM {table} WHERE job <> (SELECT no FROM job WHERE id = 'other')"));
        }

        Assert.Equal(1, (await Ledger.ProgressAsync("other", default)).Total);
        Assert.Equal(1, (await fixture.Apply("prompt", 0, StageOutcome.Done)).Ignored);
        Assert.Equal(0, (await Ledger.OpenJobAsync(LedgerFixture.NewJob(), default)).ImportedItems);
    }

    [Fact]
    public async Task Questions_about_an_unknown_job_name_it()
    {
        foreach (Func<Task> question in new Func<Task>[]
        {
            () => Ledger.ProgressAsync("nobody", default), () => Ledger.SpecAsync("nobody", default), () => Ledger.CancelAsync("nobody", default), () => Ledger.EventsAsync("nobody", 1, default),
            () => Ledger.ReplayAsync("nobody", ReplaySelection.Everything, default), () => Ledger.UnsentAsync("nobody", 1, default), () => Ledger.FinishImportAsync("nobody", default),
        })
        {
            Assert.Contains("'nobody'", (await Assert.ThrowsAsync<LedgerException>(question)).Message);
        }
    }
}
