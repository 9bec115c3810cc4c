using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Stages.Consuming;

namespace Pipeline.FakeWorker;

/// <summary>Sends as a worker of another release does.</summary>
internal sealed class ReleaseOutbox(ReleaseSender sender) : IStageOutbox
{
    public Task SendAsync(StageWork work, CancellationToken cancellation) => sender.SendAsync(QueueNames.Work(work.Stage, work.Class), work, cancellation);

    public Task SendAsync(StageResult result, CancellationToken cancellation) => sender.SendAsync(QueueNames.Results, result, cancellation);
}
