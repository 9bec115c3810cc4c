using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Pipeline.Ledger;

namespace Pipeline.Stages.Collecting;

/// <summary>What the jobs of a ledger stand on: the collection of garbage must keep it.</summary>
public static partial class NeededArtefacts
{
    /// <summary>
    /// Digests, in bounded memory: the work keys of every stage of every item of every job that was not deleted, and whatever the jobs' descriptions name, such as a submitted manifest.
    /// </summary>
    public static async IAsyncEnumerable<string> OfAsync(ILedger ledger, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (JobInfo job in await ledger.JobsAsync(JobQuery.Everything with { Limit = int.MaxValue }, cancellation).ConfigureAwait(false))
        {
            foreach (Match digest in Digest().Matches(await ledger.SpecAsync(job.Id, cancellation).ConfigureAwait(false)))
            {
                yield return digest.Value;
            }

            await foreach (ItemReport item in ledger.ItemsAsync(job.Id, cancellation).ConfigureAwait(false))
            {
                foreach (StageRow row in item.Stages.Values.Where(s => s.WorkKey is not null))
                {
                    yield return row.WorkKey!;
                }
            }
        }
    }

    [GeneratedRegex("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", RegexOptions.CultureInvariant)]
    private static partial Regex Digest();
}
