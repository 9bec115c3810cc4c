using MassTransit;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Stages.Messaging;

namespace Pipeline.Stages.Consuming;

/// <summary>Sends through MassTransit. A send returns when the broker has confirmed the message.</summary>
/// <param name="endpoints">Gives send endpoints; asked late, because the bus is built after its consumers.</param>
public sealed class BusOutbox(Func<ISendEndpointProvider> endpoints) : IStageOutbox
{
    /// <inheritdoc />
    public Task SendAsync(StageWork work, CancellationToken cancellation) => endpoints().SendToAsync(QueueNames.Work(work.Stage, work.Class), work, cancellation);

    /// <inheritdoc />
    public Task SendAsync(StageResult result, CancellationToken cancellation) => endpoints().SendToAsync(QueueNames.Results, result, cancellation);
}
