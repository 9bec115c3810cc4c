using MassTransit;
using Pipeline.Contracts.Messages;

namespace Pipeline.Stages.Consuming;

/// <summary>
/// The one consumer of all stages: takes a micro-batch and hands it to the stage's handler. It throws only when the outcomes could not be sent or the worker is unfit, because a throw
/// faults every message of the batch; what goes wrong with an item travels as its outcome.
/// </summary>
public sealed class StageConsumer(StageHandler handler, CancellationToken stop) : IConsumer<Batch<StageWork>>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<Batch<StageWork>> context)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stop);
        await handler.HandleAsync([.. context.Message.Select(m => m.Message)], either.Token).ConfigureAwait(false);
    }
}
