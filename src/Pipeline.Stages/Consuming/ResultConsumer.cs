using MassTransit;
using Pipeline.Contracts.Messages;

namespace Pipeline.Stages.Consuming;

/// <summary>Hands batches of outcomes to whoever writes the ledger; they are acknowledged when they are durable there.</summary>
public sealed class ResultConsumer(Func<IReadOnlyList<StageResult>, Task> apply) : IConsumer<Batch<StageResult>>
{
    /// <inheritdoc />
    public Task Consume(ConsumeContext<Batch<StageResult>> context) => apply([.. context.Message.Select(m => m.Message)]);
}
