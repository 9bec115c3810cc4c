using Pipeline.Contracts.Messages;
using Pipeline.Ledger;
using Pipeline.Shared;
using Pipeline.Stages.Embedded;

namespace Pipeline.Stages.Tests;

public sealed class ProgressMeterTests
{
    private readonly SteppedTime time = new();
    private readonly ProgressMeter meter;

    public ProgressMeterTests() => meter = new ProgressMeter(time, 31);

    [Fact]
    public void Items_that_take_minutes_have_a_rate_and_an_estimate()
    {
        Measure(0, 30);
        RunProgress progress = Run(secondsAnItem: 200, items: 5, total: 30);
        Assert.Equal(1 / 200.0, progress.ItemsPerSecond, 1e-4);
        Assert.InRange(progress.Remaining!.Value.TotalSeconds, 4900, 5100);
        time.Elapsed += TimeSpan.FromSeconds(150);
        Assert.True(Measure(5, 30).ItemsPerSecond < progress.ItemsPerSecond, "an item that takes longer than the others lowers the rate");
    }

    [Fact]
    public void The_rate_follows_the_last_half_minute_where_items_are_many()
    {
        Measure(0, 10_000);
        Run(secondsAnItem: 0.5, items: 400);
        Assert.Equal(10, Run(secondsAnItem: 0.1, items: 400, before: 400).ItemsPerSecond, 0.5);
    }

    [Fact]
    public void Items_that_are_opened_again_are_no_speed_backwards()
    {
        Measure(0, 10);
        Run(secondsAnItem: 2, items: 10, total: 10);
        Assert.Equal(0, Measure(4, 10).ItemsPerSecond);
        Assert.Equal(0.5, Run(secondsAnItem: 2, items: 4, before: 4, total: 10).ItemsPerSecond, 1e-3);
    }

    [Fact]
    public void What_an_earlier_run_did_is_no_speed_of_this_one()
    {
        Measure(9_000, 10_000);
        Assert.Equal(0.1, Run(secondsAnItem: 10, items: 6, before: 9_000).ItemsPerSecond, 1e-3);
    }

    private RunProgress Run(double secondsAnItem, int items, int before = 0, long total = 10_000)
    {
        RunProgress? progress = null;
        for (int i = 1; i <= items; i++)
        {
            time.Elapsed += TimeSpan.FromSeconds(secondsAnItem);
            progress = Measure(before + i, total);
        }

        return progress!;
    }

    private RunProgress Measure(long done, long total) => meter.Measure(new JobProgress
    {
        State = JobState.Running,
        Items = new Dictionary<ItemState, long> { [ItemState.Done] = done, [ItemState.Pending] = total - done },
        Stages = new Dictionary<(string Stage, StageOutcome Outcome), long>(),
    });
}
