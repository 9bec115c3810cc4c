using Pipeline.Ledger;
using Pipeline.Stages.Messaging;

namespace Pipeline.Cluster.Tests;

/// <summary>A broker that stops, is killed, loses everything, and is full.</summary>
public sealed class BrokerFaultTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    // F5
    [Fact]
    public async Task A_broker_stopped_and_killed_during_a_job_loses_and_doubles_nothing()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("restart", new HarnessOptions { Pictures = 16, OwnBroker = true, Compute = TimeSpan.FromMilliseconds(60) });
        cluster.StartWorker();
        cluster.StartWorker();
        await cluster.UntilAsync(() => Task.FromResult(cluster.Computed.Ended > cluster.Units / 6), Limit, "a sixth is computed");
        await cluster.Node.StopAsync();
        await Task.Delay(TimeSpan.FromSeconds(5));
        await cluster.Node.StartAsync();
        await cluster.UntilAsync(() => Task.FromResult(cluster.Computed.Ended > cluster.Units / 2), Limit, "half of it is computed");
        await cluster.Node.KillAsync();
        await cluster.Node.StartAsync();
        await cluster.DoneAsync(Limit);
        await cluster.CheckAsync(extra: 2 * 2 * 3 * 21);
    }

    // F6
    [Fact]
    public async Task A_wiped_broker_costs_nothing_but_the_time_of_a_lease()
    {
        var options = new HarnessOptions { Pictures = 12, OwnBroker = true, Compute = TimeSpan.FromMilliseconds(60), Lease = TimeSpan.FromSeconds(15) };
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("wiped", options);
        cluster.StartWorker();
        await cluster.UntilAsync(() => Task.FromResult(cluster.Computed.Ended > cluster.Units / 4), Limit, "a quarter is computed");
        await cluster.Node.KillAsync();
        cluster.Node.Wipe();
        await cluster.Node.StartAsync();
        await cluster.DeployAsync();
        await cluster.DoneAsync(Limit);
        await cluster.CheckAsync(extra: 3 * 3 * 21);
    }

    // F12
    [Fact]
    public async Task Full_queues_hold_senders_back_and_swallow_nothing()
    {
        var options = new HarnessOptions { Pictures = 16, Window = 24, Topology = new TopologyOptions { DeliveryLimit = 50, MaxLength = 3 }, Compute = TimeSpan.FromMilliseconds(20) };
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("full", options);
        cluster.StartWorker();
        long most = 0;
        await cluster.UntilAsync(async () =>
        {
            JobProgress progress = await cluster.Ledger.ProgressAsync(ClusterHarness.JobId, default);
            most = Math.Max(most, progress.Count(ItemState.InFlight));
            return progress.Open == 0 && progress.Total > 0;
        }, Limit, "all items have ended");
        await cluster.DoneAsync(Limit);
        Assert.InRange(most, 1, 24);
        await cluster.CheckAsync(extra: 6 * 21);
    }
}
