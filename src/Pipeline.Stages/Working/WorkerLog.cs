using Microsoft.Extensions.Logging;

namespace Pipeline.Stages.Working;

/// <summary>Log lines of a worker's life.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(1201, LogLevel.Information, "worker {Worker} loads models of {Stages}")]
    public static partial void Loading(ILogger logger, string worker, string stages);

    [LoggerMessage(1202, LogLevel.Information, "worker {Worker} takes work of {Stages} on {Device} from {Broker}")]
    public static partial void Ready(ILogger logger, string worker, string stages, string device, string broker);

    [LoggerMessage(1203, LogLevel.Information, "worker {Worker} obeys: {Action} {Job}")]
    public static partial void Obeys(ILogger logger, string worker, string action, string job);

    [LoggerMessage(1204, LogLevel.Information, "worker {Worker} finishes {Items} items in hand, at most {Seconds} s")]
    public static partial void Draining(ILogger logger, string worker, int items, double seconds);

    [LoggerMessage(1205, LogLevel.Information, "worker {Worker} ended: {End}, {Finished} messages finished")]
    public static partial void Ended(ILogger logger, string worker, WorkerEnd end, long finished);

    [LoggerMessage(1206, LogLevel.Warning, "worker {Worker} takes no work and looks again in {Seconds} s: {Reason}")]
    public static partial void Unfit(ILogger logger, string worker, double seconds, string reason);

    [LoggerMessage(1207, LogLevel.Debug, "a sign of life was not sent: {Reason}")]
    public static partial void BeatFailed(ILogger logger, string reason);

    [LoggerMessage(1208, LogLevel.Warning, "waiting for the topology of the broker: {Difference}")]
    public static partial void WaitingForTopology(ILogger logger, string difference);
}
