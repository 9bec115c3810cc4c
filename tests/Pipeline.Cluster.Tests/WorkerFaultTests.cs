using Pipeline.Contracts.Errors;
using Pipeline.Ledger;
using Pipeline.Stages.Messaging;
using Pipeline.TestServers.Processes;

namespace Pipeline.Cluster.Tests;

/// <summary>Workers that die, hang and end, in every window of the commit protocol. Kills are real (SIGKILL of a process).</summary>
public sealed class WorkerFaultTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task A_job_over_broker_bucket_and_database_makes_the_same_bytes_as_the_embedded_run()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("thin", new HarnessOptions());
        cluster.StartWorker(change: s => s with { Stages = ["prompt", "score"] });
        cluster.StartWorker(change: s => s with { Stages = ["invert", "edit", "caption"] });
        await cluster.DoneAsync(Limit);
        await cluster.CheckAsync(extra: 0);
    }

    // F1
    [Fact]
    public async Task Workers_killed_at_random_lose_and_double_nothing()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("kills", new HarnessOptions { Pictures = 20 });
        var chance = new Random(1);
        Task work = cluster.SuperviseAsync(2, Limit);
        int kills = 0;
        for (; kills < 6 && !work.IsCompleted; kills++)
        {
            long before = cluster.Computed.Ended;
            // Between two kills something is done, however slow the machine.
            await cluster.UntilAsync(() => Task.FromResult(work.IsCompleted || cluster.Computed.Ended > before + 8), Limit, "the workers compute");
            FakeWorkerProcess[] alive = [.. cluster.Workers.Where(w => !w.HasEnded)];
            if (alive.Length > 0 && !work.IsCompleted)
            {
                ProcessSignal.Kill(alive[chance.Next(alive.Length)].Id);
            }
        }

        await work;
        Assert.True(kills > 2, $"the job was done after {kills} kills");
        // What a worker has in hand: for each of its queues three batches.
        await cluster.CheckAsync(extra: kills * 3 * 21);
    }

    // F2
    [Theory]
    [InlineData("start")]
    [InlineData("compute:3")]
    [InlineData("after-blob:4")]
    [InlineData("after-manifest:3")]
    [InlineData("after-next:2")]
    [InlineData("after-result:2")]
    public async Task A_worker_that_dies_at_a_point_of_the_protocol_loses_and_doubles_nothing(string crash)
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("point", new HarnessOptions { Pictures = 6 });
        FakeWorkerProcess dying = cluster.StartWorker(crash);
        await dying.EndAsync(Limit);
        Assert.NotEqual(0, dying.ExitCode);
        HashSet<string> kept = await cluster.PublishedAsync();
        FakeWorkerProcess second = cluster.StartWorker();
        await cluster.DoneAsync(Limit);
        await cluster.CheckAsync(extra: 3 * 21);
        // What was published by the time of the death is found, never made again.
        Assert.Empty(second.Made.Intersect(kept));
        Assert.True(kept.Count > 0 || crash is "start" or "compute:3" or "after-blob:4");
    }

    // F3
    [Fact]
    public async Task A_frozen_worker_loses_its_messages_to_another_and_its_late_outcomes_change_nothing()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("frozen", new HarnessOptions { Pictures = 4, Compute = TimeSpan.FromMilliseconds(150) });
        FakeWorkerProcess frozen = cluster.StartWorker();
        await cluster.UntilAsync(() => Task.FromResult(frozen.Computations.Count > 3), Limit, "the first worker computes");
        ProcessSignal.Freeze(frozen.Id);
        cluster.StartWorker();
        await cluster.DoneAsync(Limit); // without the frozen one: its messages came back after three heartbeats
        ProcessSignal.Thaw(frozen.Id);
        int lines = frozen.Computations.Count;
        await Task.Delay(TimeSpan.FromSeconds(3)); // it goes on as if nothing had happened
        Assert.True(frozen.Computations.Count >= lines);
        await cluster.CheckAsync(extra: 6 * 21);
    }

    // F4
    [Fact]
    public async Task A_worker_told_to_end_finishes_what_it_has_in_hand_and_nothing_is_computed_twice()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("drain", new HarnessOptions { Pictures = 10, Compute = TimeSpan.FromMilliseconds(100) });
        FakeWorkerProcess ending = cluster.StartWorker();
        await cluster.UntilAsync(() => Task.FromResult(ending.Computations.Count > 10), Limit, "the worker computes");
        ProcessSignal.Terminate(ending.Id);
        await ending.EndAsync(Limit);
        Assert.True(ending.ExitCode == 0, ending.Output);
        Assert.Equal(cluster.Computed.Begun, cluster.Computed.Ended);
        cluster.StartWorker();
        await cluster.DoneAsync(Limit);
        await cluster.CheckAsync(extra: 0);
    }

    // F11
    [Fact]
    public async Task An_edit_that_kills_its_worker_every_time_is_isolated_and_set_aside_and_its_neighbours_are_unharmed()
    {
        var options = new HarnessOptions { Pictures = 6, Contents = new Dictionary<int, string> { [2] = "KILL edit, whoever it is" }, Topology = new TopologyOptions { DeliveryLimit = 2 } };
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("killer", options);
        await cluster.SuperviseAsync(2, TimeSpan.FromMinutes(12));
        JobProgress progress = await cluster.Ledger.ProgressAsync(ClusterHarness.JobId, default);
        Assert.Equal((15, 3, 0), (progress.Count(ItemState.Done), progress.Count(ItemState.Quarantined), progress.Open));
        await foreach (ItemReport item in cluster.Ledger.ItemsAsync(ClusterHarness.JobId, default))
        {
            Assert.Equal(item.PictureId == "p2" ? ErrorCodes.Crash : null, item.Failure?.Code);
        }

        await cluster.CheckOthersAsync("p2");
    }
}
