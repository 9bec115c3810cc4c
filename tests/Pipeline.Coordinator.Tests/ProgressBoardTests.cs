using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Progress;
using Pipeline.Ledger;
using Pipeline.Shared;

namespace Pipeline.Coordinator.Tests;

public sealed class ProgressBoardTests
{
    private readonly SteppedTime time = new();
    private readonly ProgressBoard board;
    private readonly JobInfo job;

    public ProgressBoardTests()
    {
        board = new ProgressBoard(time);
        job = new JobInfo { Id = "job", State = JobState.Running, Epoch = 0, StageMask = StageGraph.Bit(StageNames.Score), Window = 8, StartedAt = time.GetUtcNow() };
    }

    [Fact]
    public void Looks_of_the_last_minutes_give_the_rate()
    {
        At(seconds: 100, ended: 10);
        StageEta eta = At(seconds: 110, ended: 60);
        Assert.Equal(5, eta.ItemsPerSecond, 6);
        Assert.Equal(8, eta.RemainingSeconds!.Value, 6);
    }

    [Fact]
    public void A_stage_of_which_nothing_ended_for_minutes_has_the_mean_rate_of_the_job()
    {
        At(seconds: 900, ended: 3);
        StageEta eta = At(seconds: 1000, ended: 3);
        Assert.Equal(3 / 1000.0, eta.ItemsPerSecond, 6);
        Assert.Equal(97 / 0.003, eta.RemainingSeconds!.Value, 3);
        Assert.Null(new ProgressBoard(time).Measure(job with { StartedAt = null }, Progress(0)).Single().RemainingSeconds);
    }

    private StageEta At(double seconds, long ended)
    {
        time.Elapsed = TimeSpan.FromSeconds(seconds);
        return board.Measure(job, Progress(ended)).Single();
    }

    private static JobProgress Progress(long ended) => new()
    {
        State = JobState.Running,
        Items = new Dictionary<ItemState, long> { [ItemState.Done] = ended, [ItemState.Pending] = 100 - ended },
        Stages = new Dictionary<(string Stage, StageOutcome Outcome), long> { [(StageNames.Score, StageOutcome.Done)] = ended },
        Backlog = new Dictionary<string, long> { [StageNames.Score] = 100 - ended },
    };
}
