using MassTransit;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Core;
using Pipeline.Stages.Sources;
using Pipeline.Storage;

namespace Pipeline.Stages.Working;

/// <summary>What a worker is put together from.</summary>
public sealed record WorkerParts
{
    /// <summary>Stages that it hosts; they share its device.</summary>
    public required IReadOnlyList<StageRunner> Stages { get; init; }

    /// <summary>Artefacts.</summary>
    public required IArtefactStore Store { get; init; }

    /// <summary>Opens sources; needed where <c>prompt</c> is hosted.</summary>
    public required ISourceReader Sources { get; init; }

    /// <summary>Loads the models and warms them up; runs on the compute thread, again when the worker was unfit. Null: nothing to do.</summary>
    public Action? WarmUp { get; init; }

    /// <summary>Sends outcomes and what follows, over the worker's bus.</summary>
    public Func<Func<ISendEndpointProvider>, IStageOutbox> Outbox { get; init; } = bus => new BusOutbox(bus);

    /// <summary>Retries of store accesses inside the worker.</summary>
    public IoRetry Retry { get; init; } = new();
}
