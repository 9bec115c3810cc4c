using MassTransit;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Hosting.Connections;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Messaging;
using PipelineException = Pipeline.Contracts.Errors.PipelineException;

namespace Pipeline.Coordinator.Transport;

/// <summary>The coordinator's side of a bus, on any transport. Each shift has a bus of its own.</summary>
/// <param name="create">Makes a bus with the given endpoints.</param>
/// <param name="broker">The broker, for the queues of broken messages.</param>
/// <param name="options">Size of batches.</param>
/// <param name="logger">Told what fails.</param>
public sealed class BrokerBus(Func<Action<IBusFactoryConfigurator>, IBusControl> create, BrokerOptions broker, CoordinatorOptions options, ILogger logger) : ICoordinatorBus
{
    private const int BrokenLimit = 1000;
    private static readonly TimeSpan BrokenEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private Link? link;

    /// <summary>The bus of a broker, with the name of this process on its connection.</summary>
    public static BrokerBus Of(BrokerOptions broker, CoordinatorOptions options, ILogger logger) =>
        new(configure => MessageBus.Create(broker, $"moodpipe serve {options.Owner}", configure), broker, options, logger);

    /// <inheritdoc />
    public async Task StartAsync(ICoordinatorIntake intake, CancellationToken cancellation)
    {
        var stopped = new CancellationTokenSource();
        CancellationToken end = stopped.Token;
        IBusControl starting = create(configure =>
        {
            configure.ReceiveResults(results => OutlastAsync(() => intake.TakeResultsAsync(results), end), options.ResultBatch, options.ResultWait);
            configure.ReceiveBeats(beat => OutlastAsync(() => intake.TakeBeatAsync(beat), end));
        });
        await starting.StartAsync(cancellation).ConfigureAwait(false);
        link = new Link(starting, stopped, broker.IsInMemory ? Task.CompletedTask : DrainBrokenAsync(intake, end));
    }

    /// <inheritdoc />
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref link, null) is { } old)
        {
            await old.Stopped.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(old.Draining, old.Bus.StopAsync(StopTime)).ConfigureAwait(false);
            old.Stopped.Dispose();
        }
    }

    /// <inheritdoc />
    public Task SendAsync(StageWork work, CancellationToken cancellation) => Running().SendToAsync(QueueNames.Work(work.Stage, work.Class), work, cancellation);

    /// <inheritdoc />
    public Task SendAsync(StageResult result, CancellationToken cancellation) => Running().SendToAsync(QueueNames.Results, result, cancellation);

    /// <inheritdoc />
    public Task SendAsync(JobControl control, CancellationToken cancellation) => Running().SendToAsync(QueueNames.Control, control, cancellation);

    private IBusControl Running() => link?.Bus ?? throw new PipelineException(ErrorCodes.BrokerUnreachable, FaultClass.Transient, "this coordinator does not lead: its bus is not started");

    // A fault of the ledger is waited out: a throw would send the whole batch to the queue of errors. When the shift ends the messages go back to their queue, for the next leader, after a
    // moment in which the broker has learnt that nothing more is to be delivered here: otherwise they would come again at once, and again.
    private async Task OutlastAsync(Func<Task> take, CancellationToken end)
    {
        TimeSpan pause = TimeSpan.FromMilliseconds(200);
        while (!end.IsCancellationRequested)
        {
            try
            {
                await take().ConfigureAwait(false);
                return;
            }
            catch (PipelineException e) when (e.Class is FaultClass.Transient or FaultClass.Environment)
            {
                CoordinatorLog.LedgerAway(logger, pause.TotalSeconds, e.Message);
                await Task.Delay(pause, options.Time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }

        await Task.Delay(Moment, options.Time, CancellationToken.None).ConfigureAwait(false);
        throw new RequeueException("this coordinator leads no longer");
    }

    private async Task DrainBrokenAsync(ICoordinatorIntake intake, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await BrokenMessages.TakeAsync(broker, BrokenLimit, intake.TakeBrokenAsync, end).ConfigureAwait(false);
                await Task.Delay(BrokenEvery, options.Time, end).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                // The shift ends.
            }
            catch (Exception e)
            {
                CoordinatorLog.BrokenUnread(logger, e.Message);
                await Task.WhenAny(Task.Delay(BrokenEvery, options.Time, end)).ConfigureAwait(false);
            }
        }
    }

    // What belongs to one shift.
    private sealed record Link(IBusControl Bus, CancellationTokenSource Stopped, Task Draining);
}
