using MassTransit;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Stages.Consuming;

/// <summary>Connects stages to queues, the same way on every transport.</summary>
public static class StageEndpoints
{
    /// <summary>Takes a stage's work from its queue in micro-batches.</summary>
    public static void ReceiveStage(this IBusFactoryConfigurator bus, StageHandler handler, WorkClass workClass, CancellationToken stop) =>
        bus.ReceiveEndpoint(QueueNames.Work(handler.Stage.Name, workClass), endpoint =>
        {
            // Work is addressed to queues; nothing may be bound to the message type.
            endpoint.ConfigureConsumeTopology = false;
            int batch = Math.Max(1, handler.Stage.MaxBatch);
            // One batch in hand and one being delivered, or the device idles between batches.
            endpoint.PrefetchCount = batch * 2;
            endpoint.Batch<StageWork>(options =>
            {
                options.MessageLimit = batch;
                options.TimeLimit = handler.Stage.BatchWait;
                options.ConcurrencyLimit = 1;
                options.Consumer(() => new StageConsumer(handler, stop));
            });
        });

    /// <summary>Takes outcomes to the ledger's writer in large batches, one after the other.</summary>
    public static void ReceiveResults(this IBusFactoryConfigurator bus, Func<IReadOnlyList<StageResult>, Task> apply, int limit, TimeSpan wait) =>
        bus.ReceiveEndpoint(QueueNames.Results, endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PrefetchCount = limit * 2;
            endpoint.Batch<StageResult>(options =>
            {
                options.MessageLimit = limit;
                options.TimeLimit = wait;
                options.ConcurrencyLimit = 1;
                options.Consumer(() => new ResultConsumer(apply));
            });
        });
}
