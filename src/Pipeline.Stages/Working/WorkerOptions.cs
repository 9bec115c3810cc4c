using Pipeline.Contracts.Messages;
using Pipeline.Stages.Sources;

namespace Pipeline.Stages.Working;

/// <summary>How a worker works.</summary>
public sealed record WorkerOptions
{
    /// <summary>Name of the worker, unique in the cluster.</summary>
    public string WorkerId { get; init; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>Queues that it serves; default both.</summary>
    public IReadOnlyList<WorkClass> Classes { get; init; } = [WorkClass.Express, WorkClass.Bulk];

    /// <summary>Share of express work in the device's time for one share of bulk work, while both wait; default 4.</summary>
    public int ExpressWeight { get; init; } = 4;

    /// <summary>Batches of a queue in hand at the same time, so that one is read and one is stored while one is computed; default 3.</summary>
    public int BatchesInHand { get; init; } = 3;

    /// <summary>How long a drain may take: what is in hand is finished, what would not end in time goes back to its queue; default 110 s.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(110);

    /// <summary>Interval of the signs of life; default 5 s.</summary>
    public TimeSpan BeatInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time in hand after which a batch counts as hung and the process no longer as alive; default 15 minutes.</summary>
    public TimeSpan BatchLimit { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a worker waits at its start for queues that nobody has declared yet; default 1 minute.</summary>
    public TimeSpan TopologyLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Pause before an unfit worker looks whether it is fit again; doubles up to 5 minutes. Default 10 s.</summary>
    public TimeSpan RecoveryDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Failed looks in a row, or relapses without a finished batch between them, after which an unfit worker ends; default 6.</summary>
    public int RecoveryTries { get; init; } = 6;

    /// <summary>Largest source file, bytes; default 256 MiB.</summary>
    public long MaxSourceBytes { get; init; } = SourceIntake.DefaultMaxBytes;

    /// <summary>Device, for beats, results and manifests.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
