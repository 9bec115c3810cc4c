using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Results;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Collecting;

/// <summary>
/// Writes a data set into a folder or a bucket: <c>images/{emotion}/{picture}.png</c>, <c>metadata.jsonl</c> (every item once, in the order of the manifest, the same bytes for every run) and
/// <c>provenance.jsonl</c> (times and machines). The two lists are written last and appear whole or not at all: while
/// <c>metadata.jsonl</c> is missing, the data set is unfinished.
/// </summary>
public sealed class DataSetWriter(ILedger ledger, IArtefactStore store, ResultAssembler assembler, IObjectSpace target)
{
    /// <summary>Name of the list of results.</summary>
    public const string MetadataFile = "metadata.jsonl";

    /// <summary>Name of the list of times and machines.</summary>
    public const string ProvenanceFile = "provenance.jsonl";

    /// <summary>Most lost items that are noted in one go.</summary>
    public const int MaxLost = 10_000;

    private const string ListType = "application/x-ndjson";
    private static readonly byte[] LineEnd = [(byte)'\n'];

    /// <summary>Writes the data set of a job whose items have all ended.</summary>
    /// <param name="jobId">Job.</param>
    /// <param name="cancellation">Stops.</param>
    /// <param name="lost">Takes the items whose results are no longer stored, at most <see cref="MaxLost"/>; when there are any, the lists are not written. Null: the first one throws.</param>
    /// <returns>Number of items.</returns>
    /// <exception cref="ArtefactMissingException">A result is missing, and <paramref name="lost"/> is null.</exception>
    /// <exception cref="ArtefactCorruptException">A result is damaged, and <paramref name="lost"/> is null.</exception>
    public async Task<long> WriteAsync(string jobId, CancellationToken cancellation, ICollection<long>? lost = null)
    {
        IObjectWriter metadata = await target.CreateAsync(MetadataFile, ListType, cancellation).ConfigureAwait(false);
        await using (metadata.ConfigureAwait(false))
        {
            IObjectWriter provenance = await target.CreateAsync(ProvenanceFile, ListType, cancellation).ConfigureAwait(false);
            await using (provenance.ConfigureAwait(false))
            {
                long items = 0;
                await foreach (ItemReport item in ledger.ItemsAsync(jobId, cancellation).ConfigureAwait(false))
                {
                    if (lost?.Count >= MaxLost)
                    {
                        break;
                    }

                    if (await IsLostAsync(item, lost, () => WriteItemAsync(jobId, item, metadata.Stream, provenance.Stream, cancellation), cancellation).ConfigureAwait(false))
                    {
                        lost!.Add(item.Item);
                    }

                    items++;
                }

                if (lost?.Count > 0)
                {
                    return items;
                }

                await provenance.CommitAsync(cancellation).ConfigureAwait(false);
                await metadata.CommitAsync(cancellation).ConfigureAwait(false);
                return items;
            }
        }
    }

    // A damaged blob is put out of the way, so that its stage makes it again.
    private async Task<bool> IsLostAsync(ItemReport item, ICollection<long>? lost, Func<Task> write, CancellationToken cancellation)
    {
        try
        {
            await write().ConfigureAwait(false);
            return false;
        }
        catch (ArtefactMissingException) when (lost is not null && item.State == ItemState.Done)
        {
            return true;
        }
        catch (ArtefactCorruptException e) when (lost is not null && item.State == ItemState.Done)
        {
            await store.DiscardBlobAsync(e.Blob, cancellation).ConfigureAwait(false);
            return true;
        }
    }

    private async Task WriteItemAsync(string jobId, ItemReport item, Stream metadata, Stream provenance, CancellationToken cancellation)
    {
        JobLine line = ContractJson.Deserialize<JobLine>(System.Text.Encoding.UTF8.GetBytes(item.LineJson));
        Dictionary<string, StageManifest> manifests = await ManifestsAsync(item, cancellation).ConfigureAwait(false);
        ResultOutput? output = item.State == ItemState.Done ? await ExportAsync(item, assembler.SettingsOf(line).Keep ?? [], manifests, cancellation).ConfigureAwait(false) : null;
        await WriteLineAsync(metadata, assembler.Metadata(item, line, manifests, output), cancellation).ConfigureAwait(false);
        await WriteLineAsync(provenance, ResultAssembler.Provenance(jobId, item, manifests), cancellation).ConfigureAwait(false);
    }

    private async Task<Dictionary<string, StageManifest>> ManifestsAsync(ItemReport item, CancellationToken cancellation)
    {
        var manifests = new Dictionary<string, StageManifest>(StringComparer.Ordinal);
        // A failed item's later stages may or may not have been reached, depending on who was faster: only what came before the failure is certain.
        int certain = item.Failure is { } failure ? StageGraph.IndexOf(failure.Stage) : int.MaxValue;
        foreach (StageRow row in item.Stages.Values.Where(s => s.WorkKey is not null && StageGraph.IndexOf(s.Stage) < certain))
        {
            var key = new ManifestKey(row.Stage, row.WorkKey!);
            byte[] bytes = await store.TryReadManifestAsync(key, cancellation).ConfigureAwait(false) ?? throw new ArtefactMissingException($"manifest {key} of item {item.Item}");
            manifests[row.Stage] = ContractJson.Deserialize<StageManifest>(bytes);
        }

        return manifests;
    }

    private async Task<ResultOutput?> ExportAsync(ItemReport item, IReadOnlyList<string> keep, Dictionary<string, StageManifest> manifests, CancellationToken cancellation)
    {
        if (ResultAssembler.IsSkipped(manifests) || manifests.GetValueOrDefault(StageNames.Edit)?.Outputs.GetValueOrDefault("image") is not { } image)
        {
            return null;
        }

        string name = $"{FileNames.Encode(item.Emotion)}/{FileNames.Encode(item.PictureId)}{(item.Variant == 0 ? "" : $"~v{item.Variant}")}";
        BlobRef? mask = keep.Contains("mask") ? manifests[StageNames.Edit].Outputs.GetValueOrDefault("mask") : null;
        BlobRef? prompts = keep.Contains("prompts") ? manifests.GetValueOrDefault(StageNames.Prompt)?.Outputs.GetValueOrDefault("prompts") : null;
        return new ResultOutput
        {
            Image = await CopyAsync("images", name, image, cancellation).ConfigureAwait(false),
            ImageSha256 = image.Sha256,
            Mask = mask is null ? null : await CopyAsync("masks", name, mask, cancellation).ConfigureAwait(false),
            Prompts = prompts is null ? null : await CopyAsync("prompts", name, prompts, cancellation).ConfigureAwait(false),
        };
    }

    private async Task<string> CopyAsync(string kind, string name, BlobRef blob, CancellationToken cancellation)
    {
        string relative = $"{kind}/{name}{FileNames.Extension(blob.MediaType)}";
        if (await target.HasAsync(relative, blob.Size, blob.Sha256, cancellation).ConfigureAwait(false))
        {
            return relative;
        }

        Stream content = await store.OpenBlobAsync(blob, cancellation).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            await target.PutAsync(relative, content, blob.MediaType, cancellation).ConfigureAwait(false);
        }

        return relative;
    }

    private static async Task WriteLineAsync<T>(Stream stream, T record, CancellationToken cancellation)
    {
        await JsonSerializer.SerializeAsync(stream, record, ContractJson.Options, cancellation).ConfigureAwait(false);
        await stream.WriteAsync(LineEnd, cancellation).ConfigureAwait(false);
    }
}
