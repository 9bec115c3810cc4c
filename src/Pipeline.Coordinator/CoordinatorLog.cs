using Microsoft.Extensions.Logging;

namespace Pipeline.Coordinator;

/// <summary>Log lines of the coordinator.</summary>
internal static partial class CoordinatorLog
{
    [LoggerMessage(3001, LogLevel.Information, "{Owner} leads, term {Term}")]
    public static partial void Leads(ILogger logger, string owner, long term);

    [LoggerMessage(3002, LogLevel.Warning, "{Owner} no longer leads: {Reason}")]
    public static partial void LeadsNoLonger(ILogger logger, string owner, string reason);

    [LoggerMessage(3003, LogLevel.Warning, "the leader's work was interrupted and starts again in {Seconds} s: {Reason}")]
    public static partial void ShiftFailed(ILogger logger, double seconds, string reason);

    [LoggerMessage(3004, LogLevel.Information, "job {Job}: {Messages} messages that an earlier leader had not sent were sent")]
    public static partial void Resent(ILogger logger, string job, int messages);

    [LoggerMessage(3005, LogLevel.Warning, "{Items} items went without a sign of life for too long and are given out again")]
    public static partial void Expired(ILogger logger, int items);

    [LoggerMessage(3006, LogLevel.Warning, "message lost in {Queue}, job {Job}, picture {Picture}: {Reason}")]
    public static partial void Lost(ILogger logger, string queue, string? job, long picture, string reason);

    [LoggerMessage(3007, LogLevel.Warning, "job {Job} paused: {Reason}")]
    public static partial void Paused(ILogger logger, string job, string reason);

    [LoggerMessage(3008, LogLevel.Information, "job {Job} ended as {State}, data set {Folder}")]
    public static partial void Ended(ILogger logger, string job, string state, string folder);

    [LoggerMessage(3009, LogLevel.Error, "job {Job}: {What} failed and is tried again: {Reason}")]
    public static partial void JobWorkFailed(ILogger logger, string job, string what, string reason);

    [LoggerMessage(3010, LogLevel.Information, "job {Job} imported: {Items} items")]
    public static partial void Imported(ILogger logger, string job, long items);

    [LoggerMessage(3011, LogLevel.Error, "{Method} {Path} failed")]
    public static partial void RequestFailed(ILogger logger, string method, string path, Exception error);

    [LoggerMessage(3012, LogLevel.Warning, "the ledger does not take what came, next try in {Seconds} s: {Reason}")]
    public static partial void LedgerAway(ILogger logger, double seconds, string reason);

    [LoggerMessage(3013, LogLevel.Warning, "the queues of broken messages cannot be read: {Reason}")]
    public static partial void BrokenUnread(ILogger logger, string reason);
}
