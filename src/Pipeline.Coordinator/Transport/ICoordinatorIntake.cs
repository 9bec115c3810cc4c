using Pipeline.Contracts.Messages;
using Pipeline.Stages.Messaging;

namespace Pipeline.Coordinator.Transport;

/// <summary>Takes what the broker brings; a message is acknowledged when the call has returned.</summary>
public interface ICoordinatorIntake
{
    /// <summary>Outcomes of stages.</summary>
    Task TakeResultsAsync(IReadOnlyList<StageResult> results);

    /// <summary>A sign of life.</summary>
    Task TakeBeatAsync(WorkerBeat beat);

    /// <summary>A message that its receiver could not use, or that came back to its queue too often.</summary>
    Task TakeBrokenAsync(BrokenMessage message);
}
