namespace Pipeline.TestServers.Rabbit;

/// <summary>Settings of a private RabbitMQ node.</summary>
public sealed record RabbitNodeOptions
{
    /// <summary>Erlang's cookie lives here; nodes of one cluster share it. Null: a folder of the node's own.</summary>
    public string? Home { get; init; }

    /// <summary>Port of Erlang's name server; nodes of one cluster share it. Null: one of the node's own.</summary>
    public int? NameServerPort { get; init; }

    /// <summary>Name of the node; null: a unique one.</summary>
    public string? NodeName { get; init; }

    /// <summary>Names of all nodes of the cluster; empty for a node that stands alone.</summary>
    public IReadOnlyList<string> Cluster { get; init; } = [];

    /// <summary>Files of certificates (PEM) for TLS on AMQP and on the management API, on ports of their own beside the plain ones; null for none.</summary>
    public RabbitTls? Tls { get; init; }

    /// <summary>How long a start may take.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(6);
}
