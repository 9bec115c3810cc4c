using Pipeline.Contracts.Messages;
using Pipeline.Stages.Consuming;

namespace Pipeline.Coordinator.Tests;

internal sealed class NoOutbox : IStageOutbox
{
    public Task SendAsync(StageWork work, CancellationToken cancellation) => throw new InvalidOperationException("nothing is sent here");

    public Task SendAsync(StageResult result, CancellationToken cancellation) => throw new InvalidOperationException("nothing is sent here");
}
