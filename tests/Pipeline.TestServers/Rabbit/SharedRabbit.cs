namespace Pipeline.TestServers.Rabbit;

/// <summary>The node that the classes of a test assembly share, each with its own virtual host. Classes that stop or wipe a broker start one of their own.</summary>
public static class SharedRabbit
{
    private static readonly Lazy<Task<RabbitNode>> Node = new(() => RabbitNode.StartAsync());

    /// <summary>The node, started at first use; it goes with the test process.</summary>
    public static Task<RabbitNode> NodeAsync() => Node.Value;
}
