using MassTransit;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Stages.Consuming;

namespace Pipeline.Coordinator.Transport;

/// <summary>The coordinator's side of a MassTransit bus, on any transport. Each shift has a bus of its own.</summary>
/// <param name="create">Makes a bus with the given endpoints.</param>
/// <param name="configureQueue">Makes an endpoint's queue what the topology says; nothing for the transport inside a process.</param>
/// <param name="resultBatch">Most outcomes in one transaction.</param>
/// <param name="resultWait">How long outcomes wait for company.</param>
public sealed class BrokerBus(
    Func<Action<IBusFactoryConfigurator>, IBusControl> create, Action<IReceiveEndpointConfigurator> configureQueue, int resultBatch, TimeSpan resultWait) : ICoordinatorBus
{
    private const int BeatBatch = 100;
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(10);
    private IBusControl? bus;
    private BusOutbox? outbox;

    /// <inheritdoc />
    public async Task StartAsync(ICoordinatorIntake intake, CancellationToken cancellation)
    {
        IBusControl starting = create(configure =>
        {
            Receive<StageResult>(configure, QueueNames.Results, intake.TakeAsync, resultBatch, resultWait);
            Receive<WorkerBeat>(configure, QueueNames.Beats, intake.TakeAsync, BeatBatch, TimeSpan.FromMilliseconds(500));
        });
        await starting.StartAsync(cancellation).ConfigureAwait(false);
        outbox = new BusOutbox(() => starting);
        bus = starting;
    }

    /// <inheritdoc />
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref bus, null) is { } running)
        {
            await running.StopAsync(StopTime).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public Task SendAsync(StageWork work, CancellationToken cancellation) => Outbox().SendAsync(work, cancellation);

    /// <inheritdoc />
    public Task SendAsync(StageResult result, CancellationToken cancellation) => Outbox().SendAsync(result, cancellation);

    /// <inheritdoc />
    public async Task SendAsync(JobControl control, CancellationToken cancellation)
    {
        IBusControl running = bus ?? throw new InvalidOperationException("the bus is not started");
        ISendEndpoint endpoint = await running.GetSendEndpoint(QueueNames.Address(QueueNames.Control)).ConfigureAwait(false);
        await endpoint.Send(control, cancellation).ConfigureAwait(false);
    }

    private BusOutbox Outbox() => outbox ?? throw new InvalidOperationException("the bus is not started");

    private void Receive<T>(IBusFactoryConfigurator configure, string queue, Func<IReadOnlyList<T>, Task> take, int limit, TimeSpan wait)
        where T : class => configure.ReceiveEndpoint(queue, endpoint =>
    {
        endpoint.ConfigureConsumeTopology = false;
        configureQueue(endpoint);
        endpoint.PrefetchCount = limit * 2;
        endpoint.Batch<T>(options =>
        {
            options.MessageLimit = limit;
            options.TimeLimit = wait;
            options.ConcurrencyLimit = 1;
            options.Consumer(() => new BatchConsumer<T>(take));
        });
    });
}
