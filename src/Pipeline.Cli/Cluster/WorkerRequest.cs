using Pipeline.Contracts.Messages;
using Pipeline.Hosting.Connections;

namespace Pipeline.Cli.Cluster;

/// <summary>What the user asked <c>moodpipe worker</c> to do, checked.</summary>
internal sealed record WorkerRequest
{
    /// <summary>Settings of broker and store.</summary>
    public required SettingsSource Settings { get; init; }

    /// <summary>Stages to host.</summary>
    public required IReadOnlyList<string> Stages { get; init; }

    /// <summary>Queues to serve.</summary>
    public required IReadOnlyList<WorkClass> Classes { get; init; }

    /// <summary>Model directory.</summary>
    public required string Models { get; init; }

    /// <summary>Device of the models.</summary>
    public required TorchSharp.torch.Device Device { get; init; }

    /// <summary>Name of the worker; null for machine and process.</summary>
    public string? Name { get; init; }

    /// <summary>Threads of the tensor engine.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Batches of a queue in hand.</summary>
    public int BatchesInHand { get; init; } = 3;

    /// <summary>Longest drain.</summary>
    public TimeSpan Drain { get; init; }

    /// <summary>Address of the health probes; null for none.</summary>
    public string? Health { get; init; }

    /// <summary>File that remembers digests of models.</summary>
    public string? DigestCache { get; init; }

    /// <summary>Folders that source files may be read from; null for all.</summary>
    public IReadOnlyList<string>? SourceRoots { get; init; }
}
