using System.Runtime.CompilerServices;
using Pipeline.Contracts.Artefacts;
using Pipeline.Ledger;

namespace Pipeline.Stages.Collecting;

/// <summary>The manifests that the jobs of a ledger stand on: of every stage of every item of every job that was not deleted. What the collection of garbage must keep.</summary>
public static class NeededManifests
{
    /// <summary>All of them, in bounded memory.</summary>
    public static async IAsyncEnumerable<ManifestKey> OfAsync(ILedger ledger, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (JobInfo job in await ledger.JobsAsync(JobQuery.Everything with { Limit = int.MaxValue }, cancellation).ConfigureAwait(false))
        {
            await foreach (ItemReport item in ledger.ItemsAsync(job.Id, cancellation).ConfigureAwait(false))
            {
                foreach (StageRow row in item.Stages.Values.Where(s => s.WorkKey is not null))
                {
                    yield return new ManifestKey(row.Stage, row.WorkKey!);
                }
            }
        }
    }
}
