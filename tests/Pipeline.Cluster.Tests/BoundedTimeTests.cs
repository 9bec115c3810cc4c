using System.Diagnostics;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Admission;
using Pipeline.Coordinator.Jobs;
using Pipeline.Ledger;
using Pipeline.TestServers.Processes;

namespace Pipeline.Cluster.Tests;

/// <summary>Jobs beside and after each other, with the bounds on time that the fault plan sets; no other test of the suite runs meanwhile.</summary>
[Collection(nameof(BoundedTimeTests))]
[CollectionDefinition(nameof(BoundedTimeTests), DisableParallelization = true)]
public sealed class BoundedTimeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    // F13
    [Fact]
    public async Task An_express_job_passes_thousands_of_items_and_two_tenants_get_equal_shares()
    {
        // Work that sleeps: the processor is left to those who share it.
        var options = new HarnessOptions { Submit = false, Pictures = 0, Compute = TimeSpan.FromMilliseconds(15), Coordinator = o => o with { Window = new CreditWindow(16, 16, 32) } };
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("shares", options);
        cluster.StartWorker();
        cluster.StartWorker();
        await ExpressWaitAsync(cluster, "warm");
        await cluster.DoneAsync(Limit, "warm");
        TimeSpan alone = await ExpressWaitAsync(cluster, "alone");
        string[] pictures = [.. Enumerable.Range(0, 1250).Select(i => $"p{i}")];
        string[] emotions = ["joy", "fear", "anger", "awe"];
        await cluster.SubmitAsync(new JobRequest { Id = "large", Tenant = "a" }, pictures, emotions); // 5,000 items
        await cluster.SubmitAsync(new JobRequest { Id = "other", Tenant = "b", Defaults = new() { Seed = 2 } }, pictures[..600], emotions);
        await cluster.UntilAsync(async () => await ServedAsync(cluster, "large") > 0 && await ServedAsync(cluster, "other") > 0, Limit, "both jobs have begun");
        // What the first job got while it was alone, the window of 32 at most, the second one gets before they share.
        await cluster.UntilAsync(async () => await ServedAsync(cluster, "other") > 60, Limit, "the bulk jobs are well under way");
        ServedBoth before = await ServedBothAsync(cluster);

        TimeSpan wait = await ExpressWaitAsync(cluster, "express");
        await cluster.DoneAsync(Limit, "express");
        await cluster.UntilAsync(async () => await ServedAsync(cluster, "other") > before.Other + 240, Limit, "the bulk jobs go on");
        ServedBoth after = await ServedBothAsync(cluster);
        JobProgress large = await cluster.Ledger.ProgressAsync("large", default), other = await cluster.Ledger.ProgressAsync("other", default);
        // Five seconds; more only where the machine is too slow for an express job that has everything for itself.
        Assert.True(wait < TimeSpan.FromSeconds(5) || wait < alone * 3, $"95 % of the express items waited up to {wait.TotalSeconds:F1} s, and {alone.TotalSeconds:F1} s without any other job");
        Assert.True(large.Count(ItemState.Pending) > 0 && other.Count(ItemState.Pending) > 0, "the express job ended last");
        // However long it took to ask.
        double served = after.Other - before.Other;
        Assert.True((after.LargeLater - before.Large) / served >= 0.9 && (after.Large - before.LargeLater) / served <= 1.1, $"the shares are not equal: {before}, {after}");
        await cluster.Ledger.CancelAsync("large", default);
        await cluster.Ledger.CancelAsync("other", default);
        Assert.Equal((20L, 0L), ((await cluster.Ledger.ProgressAsync("express", default)).Count(ItemState.Done), (await cluster.Ledger.ProgressAsync("large", default)).Open));
    }

    // F15
    [Fact]
    public async Task The_same_job_again_finds_everything_and_computes_nothing()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("twice", new HarnessOptions { Pictures = 8 });
        FakeWorkerProcess first = cluster.StartWorker();
        await cluster.DoneAsync(Limit);
        long computed = cluster.Computed.Begun;
        ProcessSignal.Terminate(first.Id);
        await first.EndAsync(Limit);
        FakeWorkerProcess second = cluster.StartWorker(); // remembers nothing
        await cluster.UntilAsync(async () => (await cluster.Ledger.WorkersAsync(default)).Any(w => w.Id == second.Settings.WorkerId), Limit, "the second worker is there");
        long start = Stopwatch.GetTimestamp();
        await cluster.SubmitAsync(new JobRequest { Id = "again" });
        await cluster.DoneAsync(Limit, "again");
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        JobProgress progress = await cluster.Ledger.ProgressAsync("again", default);
        Assert.All(StageNames.All, stage => Assert.Equal(cluster.Items, progress.Count(stage, StageOutcome.Cached)));
        Assert.Equal((computed, 0), (cluster.Computed.Begun, second.Computations.Count));
        await cluster.CheckAsync(extra: 0);
        await cluster.CheckAsync(extra: 0, "again");
        if (elapsed >= TimeSpan.FromSeconds(10))
        {
            // Only where the machine needs longer still to compute as many.
            start = Stopwatch.GetTimestamp();
            await cluster.SubmitAsync(new JobRequest { Id = "others" }, [.. Enumerable.Range(0, 8).Select(i => $"other{i}")]);
            await cluster.DoneAsync(Limit, "others");
            TimeSpan computing = Stopwatch.GetElapsedTime(start);
            Assert.True(elapsed < computing * 1.5, $"finding {cluster.Items} items took {elapsed.TotalSeconds:F1} s, and computing as many {computing.TotalSeconds:F1} s");
        }
    }

    // Wait of an item: from the moment its job is handed in to the end of its first stage, admission and queue included.
    private static async Task<TimeSpan> ExpressWaitAsync(ClusterHarness cluster, string job)
    {
        long start = Stopwatch.GetTimestamp();
        await cluster.SubmitAsync(new JobRequest { Id = job, Tenant = "c", Class = WorkClass.Express }, [.. Enumerable.Range(0, 20).Select(i => $"{job}{i}")], ["joy"]);
        while ((await cluster.Ledger.ProgressAsync(job, default)).Count(StageNames.Prompt, StageOutcome.Done) < 19)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Limit, "the express job does not begin");
            await Task.Delay(50);
        }

        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task<long> ServedAsync(ClusterHarness cluster, string job) => Served(await cluster.Ledger.ProgressAsync(job, default));

    private static async Task<ServedBoth> ServedBothAsync(ClusterHarness cluster) =>
        new(await ServedAsync(cluster, "large"), await ServedAsync(cluster, "other"), await ServedAsync(cluster, "large"));

    private static long Served(JobProgress progress) => progress.Total - progress.Count(ItemState.Pending);

    /// <summary>Items given out of two jobs: of the larger one by the time before and by the time after the other one's were counted.</summary>
    private sealed record ServedBoth(long Large, long Other, long LargeLater);
}
