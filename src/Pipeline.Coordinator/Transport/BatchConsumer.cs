using MassTransit;

namespace Pipeline.Coordinator.Transport;

/// <summary>
/// Hands batches over and acknowledges them afterwards. A fault of the ledger is waited out here, because a throw would send the whole batch to the error queue; the broker gives the
/// messages to the next leader when this one stops.
/// </summary>
internal sealed class BatchConsumer<T>(Func<IReadOnlyList<T>, Task> take) : IConsumer<Batch<T>>
    where T : class
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    public async Task Consume(ConsumeContext<Batch<T>> context)
    {
        T[] messages = [.. context.Message.Select(m => m.Message)];
        TimeSpan pause = TimeSpan.FromMilliseconds(200);
        while (true)
        {
            try
            {
                await take(messages).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is Contracts.Errors.PipelineException { Class: Contracts.Errors.FaultClass.Transient or Contracts.Errors.FaultClass.Environment })
            {
                await Task.Delay(pause, context.CancellationToken).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }
}
