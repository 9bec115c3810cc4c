using System.Diagnostics;
using MassTransit;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Hosting.Connections;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Messaging;
using Pipeline.TestServers.Rabbit;

namespace Pipeline.Benchmarks;

/// <summary>Messages through five stages that do nothing, with the senders and receivers of the product: what the bus itself costs.</summary>
internal static class BusBenchmarks
{
    private const int Window = 500;
    private const int Prefetch = 32;

    public static async Task RunAsync()
    {
        Console.WriteLine($"five stages that only forward, one process, window {Window}, prefetch {Prefetch}");
        await MeasureAsync("in memory", BrokerOptions.InMemory, 4000);
        await using RabbitNode node = await RabbitNode.StartAsync();
        BrokerOptions broker = await DeployedAsync(node);
        await MeasureAsync("RabbitMQ, quorum queues", broker, 2000);
    }

    /// <summary>Options of a fresh virtual host with the topology.</summary>
    public static async Task<BrokerOptions> DeployedAsync(RabbitNode node)
    {
        var broker = new BrokerOptions
        {
            Nodes = [new BrokerNode("127.0.0.1", node.Port)], VirtualHost = await node.CreateVhostAsync("benchmark"), User = RabbitNode.User, Password = RabbitNode.Password, Management = [node.Management.Address],
        };
        await Topology.DeployAsync(broker, new TopologyOptions(), default);
        return broker;
    }

    private static async Task MeasureAsync(string name, BrokerOptions broker, int items)
    {
        using var credits = new SemaphoreSlim(Window);
        int ended = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IBusControl? bus = null;
        var outbox = new BusOutbox(() => bus!);
        bus = MessageBus.Create(broker, "benchmark", configure =>
        {
            foreach (string stage in StageNames.All)
            {
                configure.ReceiveEndpoint(QueueNames.Work(stage, WorkClass.Bulk), endpoint =>
                {
                    endpoint.Apply<StageWork>(work => MessageCheck.Problem(work, stage));
                    endpoint.PrefetchCount = Prefetch;
                    endpoint.Handler<StageWork>(context => ForwardAsync(context.Message));
                });
            }
        });
        await bus.StartAsync();
        await SendAsync(Math.Min(items, 200)); // connections, just-in-time compilation
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        await SendAsync(items);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double own = (Process.GetCurrentProcess().TotalProcessorTime - processor).TotalMilliseconds / (items * 5);
        Console.WriteLine($"{name,-26} {items / seconds,8:F0} items/s {5 * items / seconds,8:F0} stage messages/s {own,8:F2} ms of this process a message; load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");
        await bus.StopAsync(TimeSpan.FromSeconds(10));

        async Task SendAsync(int count)
        {
            (ended, all) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            List<Task> sends = [];
            for (int i = 0; i < count; i++)
            {
                await credits.WaitAsync();
                sends.Add(outbox.SendAsync(Work(i, count), default));
            }

            await Task.WhenAll(sends);
            await all.Task;
        }

        async Task ForwardAsync(StageWork work)
        {
            int next = StageGraph.IndexOf(work.Stage) + 1;
            if (next < StageNames.All.Count)
            {
                await outbox.SendAsync(work with { Stage = StageNames.All[next] }, default);
                return;
            }

            credits.Release();
            if (Interlocked.Increment(ref ended) == work.Epoch)
            {
                all.TrySetResult();
            }
        }
    }

    // About a kilobyte, as real work is; the epoch carries the number of items.
    private static StageWork Work(int number, int count) => new()
    {
        JobId = "benchmark", Picture = number, Epoch = count, Stage = StageNames.Prompt, SettingsDigest = new string('a', 64), Targets = [new EditTarget { Item = number, Emotion = "joy" }],
        Inputs = Enumerable.Range(0, 5).ToDictionary(i => i == 0 ? "source" : $"stage.output{i}", i => InputRef.Stored(new BlobRef(new string((char)('a' + i), 64), 1000, "image/png"))),
    };
}
