using MassTransit;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Stages.Consuming;

/// <summary>Sends through MassTransit, to exchanges, never to queues: a <c>queue:</c> address would make the sender declare the queue again.</summary>
/// <param name="endpoints">Gives send endpoints; asked late, because the bus is built after its consumers.</param>
public sealed class BusOutbox(Func<ISendEndpointProvider> endpoints) : IStageOutbox
{
    /// <inheritdoc />
    public Task SendAsync(StageWork work, CancellationToken cancellation) => SendAsync(QueueNames.Work(work.Stage, work.Class), work, cancellation);

    /// <inheritdoc />
    public Task SendAsync(StageResult result, CancellationToken cancellation) => SendAsync(QueueNames.Results, result, cancellation);

    private async Task SendAsync<T>(string queue, T message, CancellationToken cancellation)
        where T : class
    {
        ISendEndpoint endpoint = await endpoints().GetSendEndpoint(QueueNames.Address(queue)).ConfigureAwait(false);
        await endpoint.Send(message, cancellation).ConfigureAwait(false);
    }
}
