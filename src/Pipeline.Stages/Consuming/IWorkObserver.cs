using Pipeline.Contracts.Messages;

namespace Pipeline.Stages.Consuming;

/// <summary>Watches what a worker has in hand.</summary>
public interface IWorkObserver
{
    /// <summary>Messages were taken.</summary>
    void Taken(IReadOnlyList<StageWork> works);

    /// <summary>The same messages are finished: their outcomes are sent, or they were dropped.</summary>
    void Finished(IReadOnlyList<StageWork> works);

    /// <summary>The worker cannot work on; it must be stopped.</summary>
    void Unfit(Exception reason);
}
