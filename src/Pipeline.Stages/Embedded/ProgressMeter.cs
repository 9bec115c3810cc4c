using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;

namespace Pipeline.Stages.Embedded;

/// <summary>
/// Turns the ledger's counters into rates and an estimate of the time left: over the last half minute, or as far back as it takes to see a few items end, however long one takes.
/// </summary>
internal sealed class ProgressMeter(TimeProvider time, int stageMask)
{
    private const int FewItems = 3;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);
    private readonly long start = time.GetTimestamp();
    private readonly Queue<(TimeSpan At, long Ended)> history = new();

    public TimeSpan Elapsed => time.GetElapsedTime(start);

    public RunProgress Measure(JobProgress progress)
    {
        long ended = progress.Total - progress.Open;
        TimeSpan now = Elapsed;
        if (history.Count > 0 && ended < history.Last().Ended)
        {
            history.Clear(); // items were opened again: a new count begins
        }

        if (history.Count == 0 || history.Last().Ended != ended)
        {
            history.Enqueue((now, ended));
        }

        while (history.Skip(1).FirstOrDefault() is { At.Ticks: > 0 } next && now - next.At >= Window && ended - next.Ended >= FewItems)
        {
            history.Dequeue();
        }

        (TimeSpan at, long before) = history.Peek();
        double rate = now > at ? (ended - before) / (now - at).TotalSeconds : 0;
        return new RunProgress(
            progress.Total, progress.Count(ItemState.Done), progress.Count(ItemState.Quarantined) + progress.Count(ItemState.Failed),
            progress.Count(ItemState.InFlight), progress.Count(ItemState.WaitingRetry), Stages(progress), now, rate,
            rate > 0 ? TimeSpan.FromSeconds(progress.Open / rate) : null);
    }

    public IReadOnlyList<StageProgress> Stages(JobProgress progress) => [.. StageGraph.Stages(stageMask).Select(stage => new StageProgress(
        stage,
        progress.Count(stage, StageOutcome.Done),
        progress.Count(stage, StageOutcome.Cached),
        progress.Count(stage, StageOutcome.Poison) + progress.Count(stage, StageOutcome.Transient) + progress.Count(stage, StageOutcome.Crash)))];
}
