using Microsoft.Extensions.Logging;

namespace Pipeline.Stages.Telemetry;

/// <summary>Log lines of the plumbing. One line at the end of an item's stage; failures at warning.</summary>
internal static partial class StageLog
{
    [LoggerMessage(1001, LogLevel.Debug, "{Stage} took job {Job} picture {Picture} with {Targets} edits, trace {Trace}")]
    public static partial void Taken(ILogger logger, string stage, string job, long picture, int targets, string? trace);

    [LoggerMessage(1002, LogLevel.Information, "{Stage} {Outcome} job {Job} item {Item} in {ComputeMs} ms, trace {Trace}")]
    public static partial void Ended(ILogger logger, string stage, string outcome, string job, long item, long computeMs, string? trace);

    [LoggerMessage(1003, LogLevel.Warning, "{Stage} failed job {Job} item {Item}: {Code} {Message} (cause {Fingerprint}), trace {Trace}")]
    public static partial void Failed(ILogger logger, string stage, string job, long item, string code, string message, string fingerprint, string? trace);

    [LoggerMessage(1004, LogLevel.Debug, "{Stage} dropped job {Job} picture {Picture}: {Reason}")]
    public static partial void Dropped(ILogger logger, string stage, string job, long picture, string reason);

    [LoggerMessage(1005, LogLevel.Error, "{Stage} cannot work on this machine: {Code} {Message}")]
    public static partial void Unfit(ILogger logger, string stage, string code, string message);

    [LoggerMessage(1101, LogLevel.Information, "job {Job}: {Items} items, {Released} of them taken up again, window {Window}")]
    public static partial void RunStarted(ILogger logger, string job, long items, int released, int window);

    [LoggerMessage(1102, LogLevel.Information, "job {Job} {State}: {Done} done, {Failed} failed, {Open} open")]
    public static partial void RunEnded(ILogger logger, string job, string state, long done, long failed, long open);

    [LoggerMessage(1103, LogLevel.Warning, "job {Job}: {Items} items in flight but no message is on its way; they are dispatched again")]
    public static partial void Stalled(ILogger logger, string job, long items);

    [LoggerMessage(1104, LogLevel.Error, "job {Job} is paused: cause {Fingerprint} hit {Items} items ({Code} {Message})")]
    public static partial void BreakerOpened(ILogger logger, string job, string fingerprint, long items, string code, string message);

    [LoggerMessage(1105, LogLevel.Warning, "job {Job}: the results of {Items} items are no longer stored and are made again")]
    public static partial void Reopened(ILogger logger, string job, int items);
}
