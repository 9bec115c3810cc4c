using Pipeline.Contracts.Messages;
using Pipeline.Stages.Consuming;

namespace Pipeline.Coordinator.Transport;

/// <summary>The coordinator's side of the broker. Nothing is received before <see cref="StartAsync"/>: only the leader consumes.</summary>
public interface ICoordinatorBus : IStageOutbox
{
    /// <summary>Connects, and hands what comes to the intake until stopped.</summary>
    Task StartAsync(ICoordinatorIntake intake, CancellationToken cancellation);

    /// <summary>Stops receiving at once; what was not acknowledged goes to the next leader.</summary>
    Task StopAsync();

    /// <summary>Sends an order to every worker.</summary>
    Task SendAsync(JobControl control, CancellationToken cancellation);
}
