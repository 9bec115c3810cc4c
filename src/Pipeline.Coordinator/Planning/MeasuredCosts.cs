using System.Text.Json;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Leading;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Planning;

/// <summary>
/// What items of each stage cost in the latest jobs of the ledger, by its counters: jobs with the same method and parameters are believed first, then those with the same method, then any.
/// </summary>
internal sealed class MeasuredCosts
{
    private const int Jobs = 50;
    private static readonly string[] Closeness = ["sameParameters", "sameMethod", "otherJobs"];
    private readonly Dictionary<(string Stage, int Closeness), (long Ms, long Items)> sums = [];

    /// <summary>Reads the counters of the latest jobs.</summary>
    public static async Task<MeasuredCosts> ReadAsync(ILedger ledger, JobDefaults wanted, CancellationToken cancellation)
    {
        var costs = new MeasuredCosts();
        foreach (JobInfo job in await ledger.JobsAsync(JobQuery.Everything with { Limit = Jobs }, cancellation).ConfigureAwait(false))
        {
            JobProgress progress = await ledger.ProgressAsync(job.Id, cancellation).ConfigureAwait(false);
            int closeness = Compare(await ledger.SpecAsync(job.Id, cancellation).ConfigureAwait(false), wanted);
            foreach (string stage in StageNames.All)
            {
                (long ms, long items) = costs.sums.GetValueOrDefault((stage, closeness));
                costs.sums[(stage, closeness)] = (ms + progress.ComputeMs.GetValueOrDefault((stage, StageOutcome.Done)), items + progress.Count(stage, StageOutcome.Done));
            }
        }

        return costs;
    }

    /// <summary>Cost of an item of a stage.</summary>
    public StageCost Of(string stage)
    {
        for (int closeness = 0; closeness < Closeness.Length; closeness++)
        {
            if (sums.GetValueOrDefault((stage, closeness)) is { Items: > 0 } sum)
            {
                return new StageCost(sum.Ms / 1000.0 / sum.Items, Closeness[closeness], sum.Items);
            }
        }

        return new StageCost(null, "unknown", 0);
    }

    private static int Compare(string specJson, JobDefaults wanted)
    {
        try
        {
            JobDefaults other = JobWatch.ReadSpec(specJson).Defaults;
            return other.Method != wanted.Method ? 2 : Canonical(other.Params) == Canonical(wanted.Params) ? 0 : 1;
        }
        catch (JsonException)
        {
            return 2; // a job of another version
        }
    }

    private static string Canonical(JsonElement? parameters) => parameters is { } given ? System.Text.Encoding.UTF8.GetString(CanonicalJson.Serialize(given)) : "{}";
}
