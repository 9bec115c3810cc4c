using Pipeline.Contracts.Messages;

namespace Pipeline.Stages.Consuming;

/// <summary>Sends what a stage publishes; a send returns when the transport has taken the message over.</summary>
public interface IStageOutbox
{
    /// <summary>Sends work to its stage's queue.</summary>
    Task SendAsync(StageWork work, CancellationToken cancellation);

    /// <summary>Sends outcomes to the ledger's writer.</summary>
    Task SendAsync(StageResult result, CancellationToken cancellation);
}
