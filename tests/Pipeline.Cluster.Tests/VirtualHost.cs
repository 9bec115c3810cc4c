using Pipeline.Hosting.Connections;
using Pipeline.Stages.Messaging;
using Pipeline.TestServers.Rabbit;

namespace Pipeline.Cluster.Tests;

/// <summary>A virtual host of one test class on the shared node, with the topology deployed.</summary>
internal sealed class VirtualHost : IAsyncDisposable
{
    private VirtualHost(RabbitNode node, string name) => (Node, Name) = (node, name);

    public RabbitNode Node { get; }

    public string Name { get; }

    public BrokerOptions Options => OptionsOf(Node, Name);

    public static async Task<VirtualHost> CreateAsync(string stem, TopologyOptions? topology = null, bool deploy = true, RabbitNode? node = null)
    {
        node ??= await SharedRabbit.NodeAsync();
        var host = new VirtualHost(node, await node.CreateVhostAsync(stem));
        if (deploy)
        {
            await Topology.DeployAsync(host.Options, topology ?? new TopologyOptions(), default);
        }

        return host;
    }

    public static BrokerOptions OptionsOf(RabbitNode node, string vhost, string? password = null) => OptionsOf([node], vhost, password);

    public static BrokerOptions OptionsOf(IReadOnlyList<RabbitNode> nodes, string vhost, string? password = null) => new()
    {
        Nodes = [.. nodes.Select(n => new BrokerNode("127.0.0.1", n.Port))],
        VirtualHost = vhost,
        User = RabbitNode.User,
        Password = password ?? RabbitNode.Password,
        Management = [.. nodes.Select(n => n.Management.Address)],
        Heartbeat = TimeSpan.FromSeconds(5),
        // The machine may be busy with other tests.
        ConnectTimeout = TimeSpan.FromMinutes(1),
    };

    public async ValueTask DisposeAsync() => await Node.Management.DeleteVhostAsync(Name);
}
