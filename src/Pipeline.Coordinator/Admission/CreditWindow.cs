using Pipeline.Contracts.Topology;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Admission;

/// <summary>How many items may be under way: enough that no worker waits, little enough that the broker stays small and a new job is not behind everything.</summary>
/// <param name="PerWorker">Items for each live worker of the stage that has the fewest; default 64.</param>
/// <param name="Least">Never fewer; default 64.</param>
/// <param name="Most">Never more; default 50,000, about 100 MB in the broker.</param>
public sealed record CreditWindow(int PerWorker = 64, int Least = 64, int Most = 50_000)
{
    /// <summary>All credits of a class of jobs.</summary>
    /// <param name="workers">Known workers.</param>
    /// <param name="alive">Longest silence of a live one.</param>
    public int Capacity(IReadOnlyList<WorkerInfo> workers, TimeSpan alive)
    {
        WorkerInfo[] live = [.. workers.Where(w => w.Silence <= alive)];
        int fewest = live.Length == 0 ? 0 : StageNames.All.Select(stage => live.Count(w => w.Beat.Stages.Contains(stage))).Where(n => n > 0).DefaultIfEmpty(0).Min();
        return (int)Math.Clamp((long)PerWorker * fewest, Least, Most);
    }
}
