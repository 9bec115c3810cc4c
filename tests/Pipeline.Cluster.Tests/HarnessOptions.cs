using Pipeline.Coordinator;
using Pipeline.Coordinator.Transport;
using Pipeline.Stages.Messaging;

namespace Pipeline.Cluster.Tests;

/// <summary>What a cluster of the tests is made of.</summary>
internal sealed record HarnessOptions
{
    /// <summary>Pictures of the job.</summary>
    public int Pictures { get; init; } = 12;

    /// <summary>First bytes of a picture by its number; others are harmless.</summary>
    public IReadOnlyDictionary<int, string> Contents { get; init; } = new Dictionary<int, string>();

    /// <summary>Files of pictures by their number; wins over <see cref="Contents"/>.</summary>
    public IReadOnlyDictionary<int, byte[]> Files { get; init; } = new Dictionary<int, byte[]>();

    /// <summary>Whether the store is a process of its own, because the test kills it.</summary>
    public bool StoreAsProcess { get; init; }

    /// <summary>Limits of the queues. Many returns by default: tests that kill workers must not make suspects of innocents.</summary>
    public TopologyOptions Topology { get; init; } = new() { DeliveryLimit = 50 };

    /// <summary>Whether the cluster has a broker of its own, because the test stops it.</summary>
    public bool OwnBroker { get; init; }

    /// <summary>Whether that broker is a cluster of three nodes, because the test kills one.</summary>
    public bool ThreeNodes { get; init; }

    /// <summary>Most items in flight.</summary>
    public int Window { get; init; } = 64;

    /// <summary>Whether the job is submitted at the start; otherwise the test submits jobs of its own.</summary>
    public bool Submit { get; init; } = true;

    /// <summary>Changes how the coordinator in the test's process works.</summary>
    public Func<CoordinatorOptions, CoordinatorOptions> Coordinator { get; init; } = options => options;

    /// <summary>Stands before that coordinator's bus.</summary>
    public Func<ICoordinatorBus, ICoordinatorBus> Bus { get; init; } = bus => bus;

    /// <summary>How long a claim holds without a sign of life.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Time of one computed unit.</summary>
    public TimeSpan Compute { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>Whether the coordinator works in the test's process; otherwise the test starts <c>moodpipe serve</c> processes.</summary>
    public bool OwnCoordinator { get; init; } = true;
}
