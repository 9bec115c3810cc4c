using System.Diagnostics;
using System.Text.Json;
using Pipeline.TestServers.Processes;

namespace Pipeline.TestServers.Rabbit;

/// <summary>Three RabbitMQ nodes that form one broker, each with its own ports and folder, with a common cookie and name server.</summary>
public sealed class RabbitCluster : IAsyncDisposable
{
    /// <summary>Number of nodes.</summary>
    public const int Size = 3;

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);
    private readonly ServerFolder folder;

    private RabbitCluster(ServerFolder folder, IReadOnlyList<RabbitNode> nodes) => (this.folder, Nodes) = (folder, nodes);

    /// <summary>The nodes.</summary>
    public IReadOnlyList<RabbitNode> Nodes { get; }

    /// <summary>Starts all nodes together; they are one broker when the task ends.</summary>
    public static async Task<RabbitCluster> StartAsync()
    {
        var folder = new ServerFolder("rabbits");
        string[] names = [.. Enumerable.Range(0, Size).Select(_ => RabbitNode.NewName())];
        // Made here, or each node would make one at the same time.
        await File.WriteAllTextAsync(folder.File(".erlang.cookie"), Guid.NewGuid().ToString("N")).ConfigureAwait(false);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.File(".erlang.cookie"), UnixFileMode.UserRead);
        }

        var common = new RabbitNodeOptions { Home = folder.Path, NameServerPort = FreePorts.Next(), Cluster = names, StartLimit = StartLimit };
        Task<RabbitNode>[] starts = [.. names.Select(name => RabbitNode.StartAsync(common with { NodeName = name }))];
        try
        {
            var cluster = new RabbitCluster(folder, await Task.WhenAll(starts).ConfigureAwait(false));
            await cluster.WaitUntilOneAsync().ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            foreach (Task<RabbitNode> start in starts.Where(s => s.IsCompletedSuccessfully))
            {
                await (await start.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }

            await folder.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The node on which a queue has its leader, seen by a node that lives.</summary>
    public async Task<RabbitNode> LeaderAsync(RabbitNode seenBy, string vhost, string queue)
    {
        JsonElement? found = await seenBy.Management.GetAsync($"queues/{Uri.EscapeDataString(vhost)}/{Uri.EscapeDataString(queue)}").ConfigureAwait(false);
        string leader = found?.GetProperty("leader").GetString() ?? throw new InvalidOperationException($"queue {queue} has no leader");
        return Nodes.First(n => n.Name == leader);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (RabbitNode node in Nodes)
        {
            await node.DisposeAsync().ConfigureAwait(false);
        }

        await folder.DisposeAsync().ConfigureAwait(false);
    }

    private async Task WaitUntilOneAsync()
    {
        for (long start = Stopwatch.GetTimestamp(); ; await Task.Delay(200).ConfigureAwait(false))
        {
            int running = (await Nodes[0].Management.GetAsync("nodes").ConfigureAwait(false))?.EnumerateArray().Count(n => n.TryGetProperty("running", out JsonElement yes) && yes.GetBoolean()) ?? 0;
            if (running == Size)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(start) > StartLimit)
            {
                throw new TimeoutException($"{running} of {Size} nodes found each other within {StartLimit}");
            }
        }
    }
}
