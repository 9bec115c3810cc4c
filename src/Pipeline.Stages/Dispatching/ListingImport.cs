using System.Runtime.CompilerServices;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Ledger;
using Pipeline.Stages.Sources;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Dispatching;

/// <summary>
/// Imports the pictures of a folder or of a bucket's prefix as they are listed, in the order of their keys. The last picture that the ledger has is where an interrupted import goes on, so
/// that nothing is listed twice beyond one batch, and memory does not grow with the place.
/// </summary>
/// <param name="space">The place.</param>
/// <param name="emotions">Wanted of every picture.</param>
/// <param name="defaults">What else holds for them.</param>
/// <param name="limit">Only the first so many pictures.</param>
/// <param name="most">Pictures that a job may have: a larger place is refused.</param>
public sealed class ListingImport(IObjectSpace space, IReadOnlyList<EmotionRequest> emotions, JobDefaults defaults, long? limit, long most)
{
    private const int BatchPictures = 2000;

    /// <summary>Pictures that were passed over, because their names or sizes make them unusable.</summary>
    public long Skipped { get; private set; }

    /// <summary>The first of them, and what is wrong with it.</summary>
    public string? FirstSkipped { get; private set; }

    /// <summary>Imports what an earlier run has not imported yet.</summary>
    /// <exception cref="SourceException">There are no pictures, or more than allowed.</exception>
    public async Task ImportAsync(ILedger ledger, JobInfo job, CancellationToken cancellation)
    {
        long picture = job.ImportedPictures;
        var batch = new List<NewPicture>(BatchPictures);
        await foreach (JobLine line in LinesAsync(await LastAsync(ledger, job, cancellation).ConfigureAwait(false), picture, cancellation).ConfigureAwait(false))
        {
            picture++;
            batch.Add(ManifestImport.PictureOf(line, defaults));
            if (batch.Count == BatchPictures)
            {
                await ledger.ImportAsync(job.Id, picture - batch.Count, batch, cancellation).ConfigureAwait(false);
                batch.Clear();
            }
        }

        await ledger.ImportAsync(job.Id, picture - batch.Count, batch, cancellation).ConfigureAwait(false);
        if (picture == 0)
        {
            throw new SourceException(ErrorCodes.SourceMissing, $"there are no pictures in {space.Address} (looked for {string.Join(' ', SourceListing.PictureExtensions)})");
        }

        await ledger.FinishImportAsync(job.Id, cancellation).ConfigureAwait(false);
    }

    /// <summary>The lines that a manifest of the place would have.</summary>
    /// <param name="after">Token of the last picture that was taken; null for the start.</param>
    /// <param name="taken">Pictures that were taken before.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="SourceException">There are more pictures than allowed.</exception>
    public async IAsyncEnumerable<JobLine> LinesAsync(string? after, long taken, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (limit is { } enough && taken >= enough)
        {
            yield break;
        }

        await foreach (ListedSource source in SourceListing.ListAsync(space, after, cancellation).ConfigureAwait(false))
        {
            if (source.Problem is { } problem)
            {
                Skipped++;
                FirstSkipped ??= $"{Storage.ObjectKeys.Shown(source.Token)}: {problem}";
                continue;
            }

            if (taken == most)
            {
                throw new SourceException(ErrorCodes.SourceTooLarge, $"{space.Address} has more than {most} pictures; split it into several jobs, or set a limit");
            }

            yield return new JobLine { Id = source.Id, Image = source.Uri, Emotions = emotions };
            if (++taken == limit)
            {
                yield break;
            }
        }
    }

    // The ledger has a picture and its address in one commit: nothing else needs to be remembered.
    private async Task<string?> LastAsync(ILedger ledger, JobInfo job, CancellationToken cancellation)
    {
        if (job.ImportedItems == 0)
        {
            return null;
        }

        await foreach (ItemReport item in ledger.ItemsAsync(job.Id, new ItemFilter { From = job.ImportedItems - 1, Limit = 1 }, cancellation).ConfigureAwait(false))
        {
            string uri = ContractJson.Deserialize<JobLine>(System.Text.Encoding.UTF8.GetBytes(item.LineJson)).Image;
            return SourceListing.TokenOf(space.Address, uri)
                ?? throw new SourceException(ErrorCodes.SourceUnreadable, $"job {job.Id} has imported {uri}, which is not in {space.Address}");
        }

        return null;
    }
}
