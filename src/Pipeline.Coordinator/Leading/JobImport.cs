using Pipeline.Coordinator.Jobs;
using Pipeline.Ledger;
using Pipeline.Stages.Dispatching;
using Pipeline.Stages.Sources;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Coordinator.Leading;

/// <summary>Brings the pictures of a job into the ledger, from where an earlier leader stopped.</summary>
internal sealed class JobImport(ILedger ledger, IArtefactStore store, CoordinatorOptions options)
{
    private const string SkippedEvent = "skipped";

    /// <summary>Imports a job.</summary>
    /// <returns>Null, or why the job cannot be run.</returns>
    public async Task<string?> RunAsync(JobInfo job, JobSpec spec, CancellationToken cancellation)
    {
        try
        {
            if (spec.Source is { } place)
            {
                await ListAsync(job, spec, place, cancellation).ConfigureAwait(false);
            }
            else
            {
                await new ManifestImport(spec.ManifestIn(store)).ImportAsync(ledger, job, cancellation).ConfigureAwait(false);
            }

            return null;
        }
        catch (ArtefactMissingException e)
        {
            return $"its manifest is no longer stored: {e.Message}";
        }
        catch (Exception e) when (e is SourceException or ObjectDeniedException)
        {
            return e.Message;
        }
    }

    private async Task ListAsync(JobInfo job, JobSpec spec, string place, CancellationToken cancellation)
    {
        using IObjectSpace space = SourcePlaces.Open(place, options.Sources);
        var import = new ListingImport(space, spec.Emotions ?? [], spec.Defaults, spec.Limit, options.MaxListedPictures);
        await import.ImportAsync(ledger, job, cancellation).ConfigureAwait(false);
        if (import.Skipped > 0)
        {
            await ledger.AddEventAsync(job.Id, SkippedEvent, $"{import.Skipped} objects cannot be used, such as {import.FirstSkipped}", cancellation).ConfigureAwait(false);
        }
    }
}
