using System.Threading.Channels;
using MassTransit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Hosting.Connections;
using Pipeline.Hosting.Health;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Core;
using Pipeline.Stages.Messaging;
using Pipeline.Stages.Sources;

namespace Pipeline.Stages.Working;

/// <summary>
/// A worker: takes messages of its stages from the broker, works on them with one device, and sends what follows. It knows neither jobs nor ledger, keeps nothing of its own, and may be
/// killed at any moment: what it had in hand goes to others, who find what is stored.
/// </summary>
/// <param name="options">How it works.</param>
/// <param name="broker">Where messages are.</param>
/// <param name="parts">Stages, store, sources.</param>
/// <param name="health">Told how it is.</param>
/// <param name="loggers">Logs.</param>
public sealed class WorkerHost(WorkerOptions options, BrokerOptions broker, WorkerParts parts, HealthState health, ILoggerFactory? loggers = null)
{
    private static readonly TimeSpan LongestRecoveryDelay = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BusStopLimit = TimeSpan.FromSeconds(10);
    private readonly ILogger logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("Moodpipe.Worker");
    private readonly Channel<Order> orders = Channel.CreateUnbounded<Order>();
    private readonly WorkGate gate = new(options.Time);
    private readonly WorkFlow flow = new(options.Time);
    private int relapses;
    private long finishedBefore;

    private string StageList => string.Join(", ", parts.Stages.Select(s => s.Stage.Name));

    /// <summary>Works until drained, stopped, or unfit.</summary>
    /// <param name="drain">Cancelled to finish what is in hand and end.</param>
    /// <param name="stop">Cancelled to end at once.</param>
    /// <exception cref="Contracts.Errors.PipelineException">Broker, topology, store or models cannot be used; nothing was taken.</exception>
    public async Task<WorkerEnd> RunAsync(CancellationToken drain, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using CancellationTokenRegistration onDrain = drain.Register(() => orders.Writer.TryWrite(Order.Drain));
        var compute = new ComputeThread(options.Time);
        var inHand = new InHandList(options.Time, reason => orders.Writer.TryWrite(new Order(OrderKind.Unfit, reason)));
        var checks = new WorkerChecks(options, broker, parts, compute, logger);
        await checks.BrokerAsync(end.Token).ConfigureAwait(false);
        await checks.StoreAsync(end.Token).ConfigureAwait(false);
        WorkerLog.Loading(logger, options.WorkerId, StageList);
        await checks.ModelsAsync(end.Token).ConfigureAwait(false);
        health.Alive = () => inHand.Oldest > options.BatchLimit ? $"a batch has been in hand for {inHand.Oldest.TotalMinutes:F0} minutes" : null;
        health.HasStarted = true;
        IBusControl bus = MessageBus.Create(broker, $"moodpipe worker {options.WorkerId}", configure => configure.ReceiveOrders(options.WorkerId, ObeyAsync));
        await bus.StartAsync(end.Token).ConfigureAwait(false);
        Task beats = new BeatSender(bus, options, [.. parts.Stages.Select(s => s.Stage)], inHand, compute, logger).RunAsync(end.Token);
        var receivers = new StageReceivers(bus, Handlers(bus, compute, inHand), options, flow, end.Token);
        WorkerEnd result = await LoopAsync(bus, receivers, checks, inHand, end).ConfigureAwait(false);
        health.Readiness = () => "the worker ends";
        if (result is WorkerEnd.Drained or WorkerEnd.Unfit)
        {
            await end.CancelAsync().ConfigureAwait(false);
            await beats.ConfigureAwait(false);
            await bus.StopAsync(BusStopLimit).ConfigureAwait(false);
            compute.Dispose();
        }

        WorkerLog.Ended(logger, options.WorkerId, result, inHand.FinishedCount);
        return result;
    }

    private async Task<WorkerEnd> LoopAsync(IBusControl bus, StageReceivers receivers, WorkerChecks checks, InHandList inHand, CancellationTokenSource end)
    {
        try
        {
            await ConnectAsync(bus, receivers, end.Token).ConfigureAwait(false);
            while (true)
            {
                Order order = await orders.Reader.ReadAsync(end.Token).ConfigureAwait(false);
                switch (order.Kind)
                {
                    case OrderKind.Drain:
                        await DrainAsync(receivers, inHand, end).ConfigureAwait(false);
                        return WorkerEnd.Drained;
                    case OrderKind.Pause:
                        await CloseAsync(receivers, "the worker is paused").ConfigureAwait(false);
                        break;
                    case OrderKind.Resume:
                        await ConnectAsync(bus, receivers, end.Token).ConfigureAwait(false);
                        break;
                    case OrderKind.Unfit when order.Reason is EnvironmentFaultException { Code: ErrorCodes.DeviceLost }:
                        return WorkerEnd.DeviceLost;
                    case OrderKind.Unfit when receivers.IsConnected:
                        await CloseAsync(receivers, order.Reason!.Message).ConfigureAwait(false);
                        if (!await RecoverAsync(checks, inHand, order.Reason, end.Token).ConfigureAwait(false))
                        {
                            return WorkerEnd.Unfit;
                        }

                        await ConnectAsync(bus, receivers, end.Token).ConfigureAwait(false);
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return WorkerEnd.Stopped;
        }
    }

    private async Task ConnectAsync(IBusControl bus, StageReceivers receivers, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        await receivers.ConnectAsync().ConfigureAwait(false);
        health.Readiness = () => bus.CheckHealth() is { Status: not BusHealthStatus.Healthy } sick ? $"broker: {sick.Description}" : null;
        WorkerLog.Ready(logger, options.WorkerId, StageList, options.Device, broker.ToString());
    }

    private async Task CloseAsync(StageReceivers receivers, string reason)
    {
        flow.Close();
        health.Readiness = () => reason;
        await receivers.DisconnectAsync(options.DrainLimit).ConfigureAwait(false);
    }

    // What is expected to end in time is finished; the rest is cut off at the end and goes back to its queue.
    private async Task DrainAsync(StageReceivers receivers, InHandList inHand, CancellationTokenSource end)
    {
        health.Readiness = () => "the worker drains";
        WorkerLog.Draining(logger, options.WorkerId, inHand.Items.Count, options.DrainLimit.TotalSeconds);
        flow.Drain(options.DrainLimit);
        end.CancelAfter(options.DrainLimit);
        await receivers.DisconnectAsync(options.DrainLimit + BusStopLimit).ConfigureAwait(false);
    }

    private async Task<bool> RecoverAsync(WorkerChecks checks, InHandList inHand, Exception reason, CancellationToken stop)
    {
        // A look that succeeds while the next batch fails again must not go on forever.
        relapses = inHand.FinishedCount > finishedBefore + parts.Stages.Sum(s => s.Stage.MaxBatch) * options.BatchesInHand ? 0 : relapses + 1;
        finishedBefore = inHand.FinishedCount;
        TimeSpan delay = options.RecoveryDelay;
        Exception? wrong = reason;
        for (int tries = relapses; tries < options.RecoveryTries && wrong is not null; tries++)
        {
            WorkerLog.Unfit(logger, options.WorkerId, delay.TotalSeconds, wrong.Message);
            await Task.Delay(delay, options.Time, stop).ConfigureAwait(false);
            if (orders.Reader.TryPeek(out Order? waiting) && waiting.Kind == OrderKind.Drain)
            {
                return false;
            }

            delay = delay * 2 < LongestRecoveryDelay ? delay * 2 : LongestRecoveryDelay;
            wrong = await checks.RecoveryAsync(stop).ConfigureAwait(false);
        }

        return wrong is null;
    }

    private Task ObeyAsync(JobControl control)
    {
        OrderKind? kind = control.Action switch
        {
            ControlAction.Drain => OrderKind.Drain,
            ControlAction.Pause => OrderKind.Pause,
            ControlAction.Resume => OrderKind.Resume,
            _ => null,
        };
        if (control.JobId is not null)
        {
            gate.Apply(control);
        }
        else if (kind is { } known)
        {
            orders.Writer.TryWrite(new Order(known, null));
        }

        WorkerLog.Obeys(logger, options.WorkerId, control.Action.ToString(), control.JobId ?? "all jobs");
        return Task.CompletedTask;
    }

    private List<(StageHandler Handler, WorkClass Class)> Handlers(IBusControl bus, ComputeThread compute, InHandList inHand)
    {
        IStageOutbox outbox = parts.Outbox(() => bus);
        var intake = new SourceIntake(parts.Sources, parts.Store, options.MaxSourceBytes);
        var services = new StageServices
        {
            Store = parts.Store, Compute = compute, WorkerId = options.WorkerId, Device = options.Device, Retry = parts.Retry, Time = options.Time,
        };
        return [.. from runner in parts.Stages
            from workClass in options.Classes
            let lane = new ComputeLane($"{runner.Stage.Name}.{workClass}", workClass == WorkClass.Express ? options.ExpressWeight : 1)
            select (new StageHandler(runner, services with { Lane = lane }, intake, gate, outbox, inHand, logger), workClass)];
    }

    private enum OrderKind
    {
        Drain,
        Pause,
        Resume,
        Unfit,
    }

    private sealed record Order(OrderKind Kind, Exception? Reason)
    {
        public static Order Drain { get; } = new(OrderKind.Drain, null);
    }
}
