using System.Diagnostics;
using MassTransit;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Hosting.Connections;
using Pipeline.Ledger;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Messaging;
using Pipeline.TestServers.Rabbit;
using PublishException = RabbitMQ.Client.Exceptions.PublishException;

namespace Pipeline.Cluster.Tests;

/// <summary>A broker of three nodes that loses some.</summary>
public sealed class BrokerClusterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

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

    // What F18 meets by chance, made to happen: a channel that first sends while a queue has no leader asks the dead node for ever.
    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_sender_whom_the_broker_refuses_for_ever_takes_another_connection()
    {
        await using RabbitCluster servers = await RabbitCluster.StartAsync();
        VirtualHost host = await VirtualHost.CreateAsync("refused", node: servers.Nodes[0]); // goes with the nodes
        RabbitNode leader = await servers.LeaderAsync(servers.Nodes[0], host.Name, QueueNames.Results);
        RabbitNode[] others = [.. servers.Nodes.Where(n => n != leader)];
        BrokerOptions survivor = VirtualHost.OptionsOf(others[0], host.Name);
        IBusControl bus = MessageBus.Create(survivor, "refused", configure => configure.ReceiveOrders("refused", _ => Task.CompletedTask));
        await bus.StartAsync();
        try
        {
            await leader.KillAsync();
            await others[1].KillAsync();
            await Assert.ThrowsAsync<PublishException>(() => bus.SendToAsync(QueueNames.Results, Result, default));
            await others[1].StartAsync();
            await UntilAsync(IsServedAsync, "somebody else is served");
            await Assert.ThrowsAsync<PublishException>(() => bus.SendToAsync(QueueNames.Results, Result, default));
            await UntilAsync(() => TrySendAsync(bus), "the bus is served");
        }
        finally
        {
            await bus.StopAsync(StopLimit);
        }

        async Task<bool> IsServedAsync()
        {
            IBusControl fresh = MessageBus.Create(survivor, "fresh");
            await fresh.StartAsync();
            bool served = await TrySendAsync(fresh);
            await fresh.StopAsync(StopLimit);
            return served;
        }
    }

    private static StageResult Result => new() { JobId = "job", Stage = StageNames.Edit, Entries = [new StageResultEntry { Item = 1, Outcome = StageOutcome.Poison }] };

    private static async Task<bool> TrySendAsync(IBusControl bus)
    {
        try
        {
            await bus.SendToAsync(QueueNames.Results, Result, default);
            return true;
        }
        catch (Exception e) when (e is PublishException or TransportException)
        {
            return false;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        for (long start = Stopwatch.GetTimestamp(); !await condition(); await Task.Delay(200))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Limit, $"not within {Limit}: {what}");
        }
    }
}
