using Pipeline.Stages.Core;

namespace Pipeline.Cluster.Tests;

/// <summary>Turns on the one device of a process, measured with a clock of the test's own.</summary>
public sealed class ComputeThreadTests
{
    [Fact]
    public async Task Express_work_has_four_turns_for_one_of_bulk_while_both_wait()
    {
        List<string> order = await RunAsync(Enumerable.Repeat(("bulk", 1, 10), 10).Concat(Enumerable.Repeat(("express", 4, 10), 20)));
        Assert.InRange(order.Take(10).Count(o => o == "express"), 7, 8);
        Assert.InRange(order.Take(20).Count(o => o == "express"), 15, 16);
        Assert.Equal(10, order.Count(o => o == "bulk")); // and bulk is not starved
    }

    [Fact]
    public async Task Stages_share_time_and_not_turns()
    {
        // Ten long pieces against forty short ones of the same total.
        List<string> order = await RunAsync(Enumerable.Repeat(("edit", 1, 40), 10).Concat(Enumerable.Repeat(("score", 1, 10), 40)));
        Assert.InRange(order.Take(25).Count(o => o == "edit"), 4, 6);
    }

    [Fact]
    public async Task Idle_time_is_not_saved_up()
    {
        List<string> order = await RunAsync(Enumerable.Repeat(("busy", 1, 10), 20), Enumerable.Repeat(("late", 1, 10), 10));
        int first = order.IndexOf("late");
        Assert.InRange(order.Skip(first).Take(8).Count(o => o == "busy"), 3, 5);
    }

    // All of a round waits before the first piece runs; the second round comes in the middle of the first.
    private static async Task<List<string>> RunAsync(IEnumerable<(string Lane, int Weight, int Cost)> pieces, IEnumerable<(string Lane, int Weight, int Cost)>? later = null)
    {
        var clock = new ManualClock();
        using var thread = new ComputeThread(clock);
        using var gate = new ManualResetEventSlim();
        var order = new List<string>();
        Task<bool> blocker = thread.RunAsync(() => gate.Wait(TimeSpan.FromMinutes(1)), default, new ComputeLane("blocker", 1000));
        List<Task> tasks = [];
        foreach ((string lane, int weight, int cost) in pieces)
        {
            tasks.Add(Add(lane, weight, cost));
        }

        gate.Set();
        await blocker;
        await Task.WhenAll(tasks);
        return order;

        Task Add(string lane, int weight, int cost) => thread.RunAsync(
            () =>
            {
                order.Add(lane);
                clock.Advance(cost);
                if (later is not null && order.Count == 10)
                {
                    foreach ((string name, int share, int price) in later)
                    {
                        tasks.Add(Add(name, share, price));
                    }
                }

                return true;
            },
            default,
            new ComputeLane(lane, weight));
    }

    private sealed class ManualClock : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref now);

        public void Advance(int milliseconds) => Interlocked.Add(ref now, milliseconds * TimeSpan.TicksPerMillisecond);
    }
}
