using Xunit.Abstractions;

namespace Pipeline.Cluster.Tests;

/// <summary>F20: everything may fail at any time.</summary>
public sealed class ChanceFaultTests(ITestOutputHelper output)
{
    private const string Seed = "MOODPIPE_FAULT_SEED";
    private const int Faults = 12;

    // F20
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Faults_by_chance_lose_and_double_nothing()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable(Seed), out int given) ? given : Random.Shared.Next();
        IReadOnlyList<ChanceFault> schedule = ChanceFault.Schedule(seed, Faults);
        string told = $"{Seed}={seed}: {string.Join(", ", schedule)}";
        output.WriteLine(told);
        Console.WriteLine(told);
        var options = new HarnessOptions
        {
            Pictures = 40, Window = 48, OwnBroker = true, StoreAsProcess = true, OwnCoordinator = false, Lease = TimeSpan.FromSeconds(20), Compute = TimeSpan.FromMilliseconds(120),
        };
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("chance", options);
        try
        {
            await using var run = new ChanceFaultRun(cluster, output.WriteLine);
            await run.RunAsync(schedule);
            long extra = schedule.Sum(ChanceFaultRun.MostExtra);
            output.WriteLine($"{cluster.Computed.Begun} units were computed, {cluster.Units} and {extra} more may be");
            await cluster.CheckAsync(extra);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"repeat with {told}", e);
        }
    }

    [Fact]
    public void A_schedule_follows_from_its_seed_and_has_every_kind_in_any_order()
    {
        Assert.Equal(ChanceFault.Schedule(17, Faults), ChanceFault.Schedule(17, Faults));
        Assert.NotEqual(ChanceFault.Schedule(17, Faults), ChanceFault.Schedule(18, Faults));
        for (int seed = 0; seed < 100; seed++)
        {
            IReadOnlyList<ChanceFault> schedule = ChanceFault.Schedule(seed, Faults);
            Assert.Equal(Enum.GetValues<ChanceFaultKind>(), schedule.Select(f => f.Kind).Distinct().Order());
            Assert.Equal(1, schedule.Count(f => f.Kind == ChanceFaultKind.WipeBroker));
            Assert.Equal(schedule.OrderBy(f => f.At), schedule);
            Assert.All(schedule, f => Assert.InRange(f.At, 0, 0.9));
        }
    }
}
