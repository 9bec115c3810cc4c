using Pipeline.Storage;

namespace Pipeline.Stages.Core;

/// <summary>What a worker process has and every stage in it shares.</summary>
public sealed record StageServices
{
    /// <summary>Artefacts.</summary>
    public required IArtefactStore Store { get; init; }

    /// <summary>The thread of tensor work.</summary>
    public required ComputeThread Compute { get; init; }

    /// <summary>Whose turn on the thread the work is.</summary>
    public ComputeLane Lane { get; init; } = ComputeLane.Single;

    /// <summary>Units that this process works on: equal ones of different batches are computed once.</summary>
    public UnitClaims Claims { get; init; } = new();

    /// <summary>Name of the worker, for results and manifests.</summary>
    public string WorkerId { get; init; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>Device, for results and manifests.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Version of the program, for manifests.</summary>
    public string Version { get; init; } = typeof(StageServices).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>Retries of store accesses inside the worker.</summary>
    public IoRetry Retry { get; init; } = new();

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
