using System.Text.Json;
using MassTransit;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Jobs;
using Pipeline.Ledger;
using Pipeline.Stages.Messaging;
using Pipeline.TestServers.Processes;

namespace Pipeline.Cluster.Tests;

/// <summary>A job that is cancelled while everybody is at work.</summary>
public sealed class CancelFaultTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

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
            await worker.EndAsync(Limit);
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
