namespace Pipeline.Stages.Embedded;

/// <summary>The job is open and its items are known.</summary>
/// <param name="JobId">Job.</param>
/// <param name="Items">All items.</param>
/// <param name="Ended">Items that an earlier run has ended.</param>
/// <param name="Resumed">Whether an earlier run left the job unfinished.</param>
public sealed record RunStarted(string JobId, long Items, long Ended, bool Resumed) : RunEvent;
