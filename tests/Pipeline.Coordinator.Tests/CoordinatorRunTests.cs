using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Jobs;
using Pipeline.Ledger;
using Pipeline.Stages.Tests.Fakes;

namespace Pipeline.Coordinator.Tests;

public sealed class CoordinatorRunTests
{
    [Fact]
    public async Task A_job_gives_the_same_bytes_as_an_embedded_run()
    {
        await using var installation = new Installation();
        installation.AddPictures(30);
        SortedDictionary<string, string> expected = await installation.EmbeddedAsync();
        installation.Start();
        string job = await installation.SubmitAsync();
        JobProgress ended = await installation.EndedAsync(job);
        Assert.Equal(JobState.Done, ended.State);
        Assert.Equal(90, ended.Count(ItemState.Done));
        Assert.Equal(expected, installation.DataSet(job));
        Assert.Equal(91, expected.Count);
    }

    [Fact]
    public async Task Failed_items_give_the_same_lines_as_in_an_embedded_run_and_a_replay_after_the_repair_completes_the_job()
    {
        await using var installation = new Installation();
        installation.AddPictures(8, content: i => i == 3 ? "POISON edit 3" : $"picture {i}");
        SortedDictionary<string, string> expected = await installation.EmbeddedAsync();
        installation.Start();
        string job = await installation.SubmitAsync();
        JobProgress ended = await installation.EndedAsync(job);
        Assert.Equal((JobState.DoneWithErrors, 3L), (ended.State, ended.Count(ItemState.Quarantined)));
        Assert.Equal(expected, installation.DataSet(job));

        File.WriteAllText(Path.Combine(installation.Root, "p3.bin"), "repaired");
        ErrorSummary cause = Assert.Single(await installation.Ledger.ErrorsAsync(job, 10, default));
        Assert.Equal(0, await installation.Ledger.ReplayAsync(job, new ReplaySelection { Fingerprint = "another" }, default));
        Assert.Equal(3, await installation.Ledger.ReplayAsync(job, new ReplaySelection { Fingerprint = cause.Fingerprint }, default));
        ended = await installation.EndedAsync(job);
        Assert.Equal((JobState.Done, 24L), (ended.State, ended.Count(ItemState.Done)));
        Assert.All(installation.Metadata(job), line => Assert.Contains("\"status\":\"ok\"", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_request_twice_is_one_job_and_under_another_name_it_is_found_in_the_store()
    {
        await using var installation = new Installation();
        installation.AddPictures(10);
        installation.Start();
        string job = await installation.SubmitAsync();
        await installation.EndedAsync(job);
        int computed = installation.Stages.Computed;
        Assert.Equal(job, await installation.SubmitAsync());
        string second = await installation.SubmitAsync(new JobRequest { Id = "second" });
        JobProgress ended = await installation.EndedAsync(second);
        Assert.Equal((JobState.Done, computed), (ended.State, installation.Stages.Computed));
        Assert.Equal(30, ended.Count(StageNames.Edit, StageOutcome.Cached));
        Assert.Equal(installation.DataSet(job), installation.DataSet(second));
    }

    [Fact]
    public async Task A_cancelled_job_gives_out_nothing_more_and_workers_are_told()
    {
        await using var installation = new Installation(new FakeStages { Edit = FakeStages.EditWith(TimeSpan.FromMilliseconds(20)) }, o => o with { Window = new(8, 8, 8) });
        installation.AddPictures(100);
        installation.Start();
        string job = await installation.SubmitAsync();
        await installation.UntilAsync(job, p => p.Count(ItemState.Done) > 3);
        await installation.Ledger.CancelAsync(job, default);
        JobProgress cancelled = await installation.Ledger.ProgressAsync(job, default);
        Assert.Equal((JobState.Cancelled, 0L), (cancelled.State, cancelled.Open));
        Assert.True(cancelled.Count(ItemState.Cancelled) > 200);
        await TestTime.UntilAsync(() => installation.Orders.Any(o => o.JobId == job && o.Action == ControlAction.Cancel));
        await Task.Delay(300);
        JobProgress later = await installation.Ledger.ProgressAsync(job, default);
        Assert.Equal(cancelled.Items, later.Items);
    }

    [Fact]
    public async Task A_paused_job_comes_to_rest_and_a_resumed_one_goes_on()
    {
        await using var installation = new Installation(change: o => o with { Window = new(6, 6, 6) });
        installation.AddPictures(60);
        installation.Start();
        string job = await installation.SubmitAsync();
        await installation.UntilAsync(job, p => p.Count(ItemState.Done) > 3);
        await installation.Ledger.SetPausedAsync(job, true, "a test", default);
        JobProgress rest = await installation.UntilAsync(job, p => p.Count(ItemState.InFlight) == 0);
        Assert.True(rest.Count(ItemState.Pending) > 0);
        await Task.Delay(300);
        Assert.Equal(rest.Items, (await installation.Ledger.ProgressAsync(job, default)).Items);
        await installation.Ledger.SetPausedAsync(job, false, null, default);
        Assert.Equal(JobState.Done, (await installation.EndedAsync(job)).State);
        await TestTime.UntilAsync(() => installation.Orders.Count(o => o.JobId == job) > 1);
        Assert.Equal([ControlAction.Pause, ControlAction.Resume], installation.Orders.Where(o => o.JobId == job).Select(o => o.Action));
    }

    [Fact]
    public async Task A_job_over_its_budget_is_paused_with_the_reason_and_goes_on_with_a_larger_one()
    {
        await using var installation = new Installation(new FakeStages { Edit = FakeStages.EditWith(TimeSpan.FromMilliseconds(15)) }, o => o with { Window = new(6, 6, 6) });
        installation.AddPictures(40);
        installation.Start();
        string job = await installation.SubmitAsync(new JobRequest { BudgetSeconds = 0.2 });
        JobProgress paused = await installation.UntilAsync(job, p => p.State == JobState.Paused && p.Count(ItemState.InFlight) == 0);
        Assert.True(paused.SpentSeconds >= 0.2, $"spent {paused.SpentSeconds}");
        Assert.True(paused.Count(ItemState.Pending) > 0);
        IReadOnlyList<JobEvent> events = await installation.Ledger.EventsAsync(job, 10, default);
        Assert.Contains(events, e => e.Kind == "paused" && e.Detail!.Contains("budget", StringComparison.Ordinal));
        await installation.Ledger.AdjustAsync(job, new JobAdjustment { BudgetSeconds = 1000 }, default);
        await installation.Ledger.SetPausedAsync(job, false, null, default);
        Assert.Equal(JobState.Done, (await installation.EndedAsync(job)).State);
    }

    [Fact]
    public async Task A_defect_that_hits_many_items_pauses_the_job_and_a_person_may_go_on_all_the_same()
    {
        await using var installation = new Installation(change: o => o with { BreakerItems = 6, BreakerShare = 0.05, Window = new(6, 6, 6) });
        installation.AddPictures(40, "\"joy\"", content: i => i < 12 ? $"LOGIC edit {i}" : $"picture {i}");
        installation.Start();
        string job = await installation.SubmitAsync();
        JobProgress paused = await installation.UntilAsync(job, p => p.State == JobState.Paused && p.Count(ItemState.InFlight) == 0);
        Assert.InRange(paused.Count(ItemState.Quarantined), 6, 18);
        Assert.Contains(await installation.Ledger.EventsAsync(job, 10, default), e => e.Kind == "paused" && e.Detail!.Contains("one cause", StringComparison.Ordinal));
        for (int i = 0; i < 3 && !JobStates.HasEnded(paused.State); i++)
        {
            await installation.Ledger.SetPausedAsync(job, false, null, default);
            paused = await installation.UntilAsync(job, p => p.State is JobState.Paused || JobStates.HasEnded(p.State));
        }

        Assert.Equal((JobState.DoneWithErrors, 12L), (paused.State, paused.Count(ItemState.Quarantined)));
    }

    [Fact]
    public async Task Work_that_vanished_is_given_out_again_when_its_lease_ran_out()
    {
        await using var installation = new Installation(change: o => o with { ItemLease = TimeSpan.FromMilliseconds(400) });
        installation.AddPictures(5);
        int lost = 0;
        installation.Vanishes = work => work.Stage == StageNames.Edit && Interlocked.Increment(ref lost) <= 3;
        installation.Start();
        string job = await installation.SubmitAsync();
        Assert.Equal(JobState.Done, (await installation.EndedAsync(job)).State);
        Assert.True(lost > 3);
    }

    [Fact]
    public async Task An_interrupted_import_goes_on_where_it_stopped_and_messages_that_were_not_sent_are_sent()
    {
        await using var installation = new Installation();
        installation.AddPictures(20);
        string job = await installation.SubmitAsync();
        // What an earlier leader left: a part of the import.
        byte[] manifest = installation.Manifest();
        var source = new Stages.Dispatching.JobManifest { OpenAsync = _ => Task.FromResult<Stream>(new MemoryStream(manifest)), Limit = 7 };
        JobInfo info = (await installation.Ledger.FindJobAsync(job, default))!;
        await new PartialImport(installation.Ledger).RunAsync(source, info);
        Assert.Equal(7, (await installation.Ledger.FindJobAsync(job, default))!.ImportedPictures);
        installation.Start();
        JobProgress ended = await installation.EndedAsync(job);
        Assert.Equal((JobState.Done, 60L), (ended.State, ended.Count(ItemState.Done)));
    }

    [Fact]
    public async Task Claims_that_were_committed_and_never_sent_are_sent_by_the_next_leader()
    {
        await using var installation = new Installation();
        installation.AddPictures(20);
        string job = await installation.SubmitAsync();
        JobInfo info = (await installation.Ledger.FindJobAsync(job, default))!;
        var spec = Leading.JobWatch.ReadSpec(await installation.Ledger.SpecAsync(job, default));
        await new Stages.Dispatching.ManifestImport(spec.ManifestIn(installation.Store)).ImportAsync(installation.Ledger, info, default);
        var broken = new Stages.Dispatching.WorkDispatcher(installation.Ledger, new DyingStore(installation.Store), new NoOutbox(), TimeProvider.System);
        var target = new Stages.Dispatching.DispatchTarget(job, info.StageMask, spec.Defaults) { SourceBase = spec.SourceBase };
        await Assert.ThrowsAsync<IOException>(() => broken.DispatchAsync(target, 30, false, TimeSpan.FromHours(1), default));
        Assert.NotEmpty(await installation.Ledger.UnsentAsync(job, 100, default));
        installation.Start();
        Assert.Equal(JobState.Done, (await installation.EndedAsync(job)).State);
    }
}
