using System.Diagnostics;
using System.Text.Json;
using MassTransit;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Admission;
using Pipeline.Coordinator.Jobs;
using Pipeline.Ledger;
using Pipeline.Stages.Messaging;
using Pipeline.TestServers.Processes;

namespace Pipeline.Cluster.Tests;

/// <summary>Jobs beside, after and against each other: fair shares and express jobs, cancelling, the same job again.</summary>
public sealed class JobFaultTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    // F13
    [Fact]
    public async Task An_express_job_passes_thousands_of_items_and_two_tenants_get_equal_shares()
    {
        // Work that sleeps: the processor is left to those who share it.
        var options = new HarnessOptions { Submit = false, Pictures = 0, Compute = TimeSpan.FromMilliseconds(15), Coordinator = o => o with { Window = new CreditWindow(16, 16, 32) } };
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("shares", options);
        string[] pictures = [.. Enumerable.Range(0, 1250).Select(i => $"p{i}")];
        string[] emotions = ["joy", "fear", "anger", "awe"];
        await cluster.SubmitAsync(new JobRequest { Id = "large", Tenant = "a" }, pictures, emotions); // 5,000 items
        await cluster.SubmitAsync(new JobRequest { Id = "other", Tenant = "b", Defaults = new() { Seed = 2 } }, pictures[..600], emotions);
        cluster.StartWorker();
        cluster.StartWorker();
        await cluster.UntilAsync(async () => await ServedAsync(cluster, "large") > 0 && await ServedAsync(cluster, "other") > 0, Limit, "both jobs have begun");
        (long largeBefore, long otherBefore) = (await ServedAsync(cluster, "large"), await ServedAsync(cluster, "other"));
        await cluster.UntilAsync(async () => await ServedAsync(cluster, "other") > otherBefore + 60, Limit, "the bulk jobs are well under way");

        // Wait of an item: from the moment its job is handed in to the end of its first stage, admission and queue included.
        long start = Stopwatch.GetTimestamp();
        await cluster.SubmitAsync(new JobRequest { Id = "express", Tenant = "c", Class = WorkClass.Express }, [.. Enumerable.Range(0, 20).Select(i => $"e{i}")], ["joy"]);
        while ((await cluster.Ledger.ProgressAsync("express", default)).Count(StageNames.Prompt, StageOutcome.Done) < 19)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Limit, "the express job does not begin");
            await Task.Delay(50);
        }

        TimeSpan wait = Stopwatch.GetElapsedTime(start);
        await cluster.DoneAsync(Limit, "express");
        await cluster.UntilAsync(async () => await ServedAsync(cluster, "other") > otherBefore + 240, Limit, "the bulk jobs go on");
        JobProgress large = await cluster.Ledger.ProgressAsync("large", default), other = await cluster.Ledger.ProgressAsync("other", default);
        Assert.True(wait < TimeSpan.FromSeconds(5), $"95 % of the express items waited up to {wait.TotalSeconds:F1} s");
        Assert.True(large.Count(ItemState.Pending) > 0 && other.Count(ItemState.Pending) > 0, "the express job ended last");
        double share = (double)(Served(large) - largeBefore) / (Served(other) - otherBefore);
        Assert.InRange(share, 0.9, 1.1);
        await cluster.Ledger.CancelAsync("large", default);
        await cluster.Ledger.CancelAsync("other", default);
        Assert.Equal((20L, 0L), ((await cluster.Ledger.ProgressAsync("express", default)).Count(ItemState.Done), (await cluster.Ledger.ProgressAsync("large", default)).Open));
    }

    // F14
    [Fact]
    public async Task After_a_cancel_nothing_is_begun_late_outcomes_do_not_count_and_the_counters_add_up()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("cancel", new HarnessOptions { Pictures = 30, Window = 40, Compute = TimeSpan.FromMilliseconds(60) });
        cluster.StartWorker();
        FakeWorkerProcess late = cluster.StartWorker();
        await cluster.UntilAsync(() => Task.FromResult(cluster.Computed.Ended > cluster.Units / 5 && InHand(late) > 0), Limit, "a fifth is computed, and a worker is at work");
        ProcessSignal.Freeze(late.Id);
        await cluster.Ledger.CancelAsync(ClusterHarness.JobId, default);
        JobProgress cancelled = await cluster.Ledger.ProgressAsync(ClusterHarness.JobId, default);
        Assert.Equal((JobState.Cancelled, 0L, 0L), (cancelled.State, cancelled.Open, cancelled.Count(ItemState.InFlight)));
        await Task.Delay(TimeSpan.FromSeconds(1));
        ProcessSignal.Thaw(late.Id); // what it had in hand it finishes, and tells
        await SendLateAsync(cluster);
        await cluster.UntilAsync(() => IsEmptyAsync(cluster), Limit, "the queues are empty");
        foreach (FakeWorkerProcess worker in cluster.Workers)
        {
            ProcessSignal.Terminate(worker.Id);
            await worker.EndAsync(TimeSpan.FromMinutes(2));
            Assert.True(worker.ExitCode == 0, worker.Output);
        }

        Assert.Equal(cluster.Computed.Begun, cluster.Computed.Ended);
        Assert.True(cluster.Computed.Begun < cluster.Units, "the job was done before it was cancelled");
        await cluster.UntilAsync(() => IsEmptyAsync(cluster), Limit, "the queues are empty");
        JobProgress after = await cluster.Ledger.ProgressAsync(ClusterHarness.JobId, default);
        Assert.Equal(cancelled.Items, after.Items);
        Assert.Equal(cluster.Items, after.Count(ItemState.Done) + after.Count(ItemState.Cancelled));
        await RecountAsync(cluster, after);

        // What was computed is not lost: the same job under another name does only the rest.
        await cluster.SubmitAsync(new JobRequest { Id = "again", Window = 40 });
        cluster.StartWorker();
        await cluster.DoneAsync(Limit, "again");
        await cluster.CheckAsync(extra: 0, "again");
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
        await first.EndAsync(TimeSpan.FromMinutes(2));
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
        Assert.True(elapsed < TimeSpan.FromSeconds(10), $"finding {cluster.Items} items took {elapsed.TotalSeconds:F1} s");
    }

    private static async Task<long> ServedAsync(ClusterHarness cluster, string job) => Served(await cluster.Ledger.ProgressAsync(job, default));

    private static long Served(JobProgress progress) => progress.Total - progress.Count(ItemState.Pending);

    private static int InHand(FakeWorkerProcess worker) => worker.Computations.Count(c => c[0] == "begin") - worker.Computations.Count(c => c[0] == "end");

    // A worker that hung since before the cancel would send this.
    private static async Task SendLateAsync(ClusterHarness cluster)
    {
        ItemReport? item = null;
        await foreach (ItemReport cancelled in cluster.Ledger.ItemsAsync(ClusterHarness.JobId, new ItemFilter { States = [ItemState.Cancelled], Limit = 1 }, default))
        {
            item ??= cancelled;
        }

        IBusControl bus = MessageBus.Create(cluster.Broker, "late");
        await bus.StartAsync();
        await bus.SendToAsync(QueueNames.Results, new StageResult
        {
            JobId = ClusterHarness.JobId, Epoch = 0, Stage = StageNames.Score, WorkerId = "late",
            Entries = [new StageResultEntry { Item = item!.Item, Attempt = item.Attempt, Outcome = StageOutcome.Done, WorkKey = new string('a', 64) }],
        }, default);
        await bus.StopAsync(TimeSpan.FromSeconds(10));
    }

    private static async Task<bool> IsEmptyAsync(ClusterHarness cluster)
    {
        JsonElement queues = (await cluster.Node.Management.GetAsync($"queues/{cluster.Broker.VirtualHost}"))!.Value;
        // Counted every five seconds: a count is believed once the next one says the same.
        return queues.EnumerateArray().All(q => !q.TryGetProperty("messages", out JsonElement count) || count.GetInt64() == 0)
            && await Task.Delay(TimeSpan.FromSeconds(6)).ContinueWith(_ => true)
            && (await cluster.Node.Management.GetAsync($"queues/{cluster.Broker.VirtualHost}"))!.Value.EnumerateArray().All(q => q.TryGetProperty("messages", out JsonElement count) && count.GetInt64() == 0);
    }

    private static async Task RecountAsync(ClusterHarness cluster, JobProgress progress)
    {
        var outcomes = new Dictionary<(string, StageOutcome), long>();
        await foreach (ItemReport item in cluster.Ledger.ItemsAsync(ClusterHarness.JobId, default))
        {
            foreach ((string stage, StageRow row) in item.Stages)
            {
                outcomes[(stage, row.Outcome)] = outcomes.GetValueOrDefault((stage, row.Outcome)) + 1;
            }
        }

        Assert.Equal(outcomes.OrderBy(o => o.Key), progress.Stages.Where(s => s.Value > 0).OrderBy(s => s.Key));
    }
}
