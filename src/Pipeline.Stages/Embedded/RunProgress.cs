namespace Pipeline.Stages.Embedded;

/// <summary>Where a run stands.</summary>
/// <param name="Items">All items.</param>
/// <param name="Done">Items that ended well.</param>
/// <param name="Failed">Items that ended badly.</param>
/// <param name="InFlight">Items that are being worked on.</param>
/// <param name="Waiting">Items that wait for another try.</param>
/// <param name="Stages">By stage, in order.</param>
/// <param name="Elapsed">Since the start.</param>
/// <param name="ItemsPerSecond">Items that ended per second, lately; 0 while unknown.</param>
/// <param name="Remaining">Estimate of the time left; null while unknown.</param>
public sealed record RunProgress(
    long Items, long Done, long Failed, long InFlight, long Waiting, IReadOnlyList<StageProgress> Stages, TimeSpan Elapsed, double ItemsPerSecond, TimeSpan? Remaining) : RunEvent;
