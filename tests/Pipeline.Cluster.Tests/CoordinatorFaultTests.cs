using System.Diagnostics;
using Pipeline.Coordinator.Leading;
using Pipeline.Ledger;
using Pipeline.TestServers.Processes;

namespace Pipeline.Cluster.Tests;

/// <summary>Coordinators that die, and coordinators that meet.</summary>
public sealed class CoordinatorFaultTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    // F7
    [Fact]
    public async Task Leaders_killed_again_and_again_lose_and_double_nothing_and_only_one_leads()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("leaders", new HarnessOptions { Pictures = 16, Window = 12, OwnCoordinator = false, Compute = TimeSpan.FromMilliseconds(100) });
        cluster.StartWorker();
        cluster.StartWorker();
        var coordinators = new List<Process> { cluster.StartCoordinator(), cluster.StartCoordinator() };
        var terms = new List<Lease>();
        for (int kills = 0; kills < 3; kills++)
        {
            // Each leader gets some work done before it dies, however slow the machine.
            string last = terms.Count == 0 ? "" : terms[^1].Owner;
            long before = cluster.Computed.Ended;
            Lease? lease = null;
            bool done = false;
            await cluster.UntilAsync(
                async () =>
                {
                    lease = await LeaderAsync(cluster);
                    done = await IsDoneAsync(cluster);
                    return lease is not null && lease.Owner != last && (done || cluster.Computed.Ended > before + 10);
                },
                Limit, "a new leader gets work done");
            terms.Add(lease!);
            if (done)
            {
                break;
            }

            // The owner's name is machine-process-chance.
            int leader = int.Parse(terms[^1].Owner.Split('-')[^2]);
            ProcessSignal.Kill(leader);
            coordinators.Add(cluster.StartCoordinator());
        }

        await cluster.DoneAsync(Limit);
        await cluster.CheckAsync(extra: cluster.Units);
        Assert.True(terms.Count >= 2, "no leader was killed");
        Assert.Equal(terms.Select(t => t.Term).Order(), terms.Select(t => t.Term));
        Assert.Equal(terms.Count, terms.Select(t => t.Owner).Distinct().Count());
        coordinators.ForEach(c => c.Dispose());
    }

    private static Task<Lease?> LeaderAsync(ClusterHarness cluster) => cluster.Ledger.LeaderAsync(Leadership.LeaseName, default);

    private static async Task<bool> IsDoneAsync(ClusterHarness cluster) => (await cluster.Ledger.ProgressAsync(ClusterHarness.JobId, default)).State is JobState.Done or JobState.DoneWithErrors;
}
