using MassTransit;
using Pipeline.Contracts.Messages;
using Pipeline.Stages.Core;
using Pipeline.Stages.Messaging;
using Pipeline.Stages.Working;

namespace Pipeline.Stages.Consuming;

/// <summary>
/// The one consumer of all stages: takes a micro-batch and hands it to the stage's handler. It throws only when the outcomes could not be sent or the worker does not work now, because a
/// throw affects every message of the batch; what goes wrong with an item travels as its outcome.
/// </summary>
/// <param name="handler">The stage.</param>
/// <param name="stop">Ends the work on what is in hand.</param>
/// <param name="flow">Whether the worker begins anything now; null: always.</param>
public sealed class StageConsumer(StageHandler handler, CancellationToken stop, WorkFlow? flow = null) : IConsumer<Batch<StageWork>>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<Batch<StageWork>> context)
    {
        long start = flow is null ? 0 : await flow.EnterAsync(handler.Stage.Name).ConfigureAwait(false);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stop);
        try
        {
            StageWork[] works = [.. context.Message.Select(m => m.Message)];
            if (works.Where(w => w.Alone != true).ToArray() is { Length: > 0 } together)
            {
                await handler.HandleAsync(together, either.Token).ConfigureAwait(false);
            }

            // What may kill the worker comes last and by itself: the others' outcomes are sent by then.
            foreach (StageWork suspect in works.Where(w => w.Alone == true))
            {
                await handler.HandleAsync([suspect], either.Token).ConfigureAwait(false);
            }

            flow?.Leave(handler.Stage.Name, start);
        }
        catch (EnvironmentFaultException) when (flow is not null)
        {
            // Back to the queue, but not before this worker takes nothing more from it.
            await flow.HoldAsync().ConfigureAwait(false);
            throw;
        }
        catch (OperationCanceledException) when (flow is not null && stop.IsCancellationRequested)
        {
            await flow.HoldAsync().ConfigureAwait(false);
            throw new RequeueException("the worker was cut off");
        }
    }
}
