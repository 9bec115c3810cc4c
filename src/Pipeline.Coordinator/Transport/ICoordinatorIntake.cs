using Pipeline.Contracts.Messages;

namespace Pipeline.Coordinator.Transport;

/// <summary>Takes what the broker brings; a message is acknowledged when the call has returned.</summary>
public interface ICoordinatorIntake
{
    /// <summary>Outcomes of stages.</summary>
    Task TakeAsync(IReadOnlyList<StageResult> results);

    /// <summary>Signs of life.</summary>
    Task TakeAsync(IReadOnlyList<WorkerBeat> beats);

    /// <summary>Messages that nobody could handle.</summary>
    Task TakeAsync(IReadOnlyList<LostMessage> messages);
}
