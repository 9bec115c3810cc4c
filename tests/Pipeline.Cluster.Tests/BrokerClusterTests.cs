using Pipeline.Hosting.Connections;
using Pipeline.Ledger;
using Pipeline.Stages.Messaging;
using Pipeline.TestServers.Rabbit;

namespace Pipeline.Cluster.Tests;

/// <summary>A broker of three nodes that loses one.</summary>
public sealed class BrokerClusterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    // F18
    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_node_of_three_that_is_killed_during_a_job_loses_and_doubles_nothing()
    {
        var options = new HarnessOptions { Pictures = 16, OwnBroker = true, ThreeNodes = true, Compute = TimeSpan.FromMilliseconds(60) };
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("three", options);
        // A copy of every queue on every node.
        Assert.Empty((await Topology.VerifyAsync(cluster.Broker, options.Topology, default)).Differences);
        cluster.StartWorker();
        cluster.StartWorker();
        await cluster.UntilAsync(() => Task.FromResult(cluster.Computed.Ended > cluster.Units / 4), Limit, "a quarter is computed");
        RabbitNode killed = await cluster.Servers.LeaderAsync(cluster.Node, cluster.Broker.VirtualHost, "moodpipe.edit.bulk");
        await killed.KillAsync();
        await cluster.DoneAsync(Limit);
        await cluster.CheckAsync(extra: 2 * 3 * 21);
        Assert.All(cluster.Workers, w => Assert.False(w.HasEnded, w.Output));

        // Whoever starts now finds the nodes that are left, wherever the dead one stands in the list.
        BrokerOptions deadFirst = VirtualHost.OptionsOf([killed, .. cluster.Nodes.Where(n => n != killed)], cluster.Broker.VirtualHost);
        Assert.DoesNotContain((await Topology.VerifyAsync(deadFirst, options.Topology, default)).Differences, d => d.Contains("missing", StringComparison.Ordinal));
        await cluster.SubmitAsync(new() { Id = "second" }, ["fresh"]);
        cluster.StartWorker();
        await cluster.DoneAsync(Limit, "second");
        Assert.Equal(3, (await cluster.Ledger.ProgressAsync("second", default)).Count(ItemState.Done));
    }
}
