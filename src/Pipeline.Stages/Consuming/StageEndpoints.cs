using MassTransit;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Stages.Messaging;

namespace Pipeline.Stages.Consuming;

/// <summary>Connects consumers to queues, the same way on every transport.</summary>
public static class StageEndpoints
{
    private const int BeatPrefetch = 100;

    /// <summary>Takes a stage's work from its queue in micro-batches, one after the other.</summary>
    public static void ReceiveStage(this IBusFactoryConfigurator bus, StageHandler handler, WorkClass workClass, CancellationToken stop) =>
        bus.ReceiveEndpoint(QueueNames.Work(handler.Stage.Name, workClass), endpoint => endpoint.TakeStage(handler, 1, () => new StageConsumer(handler, stop)));

    /// <summary>Takes outcomes to the ledger's writer in large batches, one after the other.</summary>
    public static void ReceiveResults(this IBusFactoryConfigurator bus, Func<IReadOnlyList<StageResult>, Task> apply, int limit, TimeSpan wait) =>
        bus.ReceiveEndpoint(QueueNames.Results, endpoint =>
        {
            endpoint.Apply<StageResult>(MessageCheck.Problem);
            endpoint.PrefetchCount = limit * 2;
            endpoint.Batch<StageResult>(options =>
            {
                options.MessageLimit = limit;
                options.TimeLimit = wait;
                options.ConcurrencyLimit = 1;
                options.Consumer(() => new ResultConsumer(apply));
            });
        });

    /// <summary>Takes signs of life of the workers.</summary>
    public static void ReceiveBeats(this IBusFactoryConfigurator bus, Func<WorkerBeat, Task> record) => bus.ReceiveEndpoint(QueueNames.Beats, endpoint =>
    {
        endpoint.Apply<WorkerBeat>(MessageCheck.Problem);
        endpoint.PrefetchCount = BeatPrefetch;
        endpoint.Handler<WorkerBeat>(context => record(context.Message));
    });

    /// <summary>Hears the coordinator's orders on a queue of this process's own.</summary>
    public static void ReceiveOrders(this IBusFactoryConfigurator bus, string processName, Func<JobControl, Task> obey) =>
        bus.ReceiveEndpoint($"{QueueNames.Control}.{processName}", endpoint =>
        {
            endpoint.ListenToOrders();
            endpoint.Handler<JobControl>(context => obey(context.Message));
        });

    /// <summary>A stage's endpoint with its micro-batches.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="handler">The stage.</param>
    /// <param name="inFlight">Batches that are worked on at the same time.</param>
    /// <param name="consumer">Makes a batch's consumer.</param>
    internal static void TakeStage(this IReceiveEndpointConfigurator endpoint, StageHandler handler, int inFlight, Func<StageConsumer> consumer)
    {
        endpoint.Apply<StageWork>(work => MessageCheck.Problem(work, handler.Stage.Name));
        int batch = Math.Max(1, handler.Stage.MaxBatch);
        // The batches in hand and one being delivered, or the device idles between batches.
        endpoint.PrefetchCount = batch * (inFlight + 1);
        endpoint.Batch<StageWork>(options =>
        {
            options.MessageLimit = batch;
            options.TimeLimit = handler.Stage.BatchWait;
            options.ConcurrencyLimit = inFlight;
            options.Consumer(consumer);
        });
    }
}
