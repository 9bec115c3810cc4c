using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Core;
using Pipeline.Stages.Dispatching;
using Pipeline.Stages.Sources;
using Pipeline.Storage;

namespace Pipeline.Stages.Planning;

/// <summary>
/// Finds out what of a job is stored already: follows each edit through the stages by the same keys that workers use, as far as the outputs that the next key needs are stored. Writes nothing.
/// </summary>
/// <param name="keys">Keys of the stages.</param>
/// <param name="store">Artefacts.</param>
/// <param name="sources">Opens the pictures, whose digests the keys begin with.</param>
/// <param name="target">What the job's messages will have in common.</param>
/// <param name="maxSourceBytes">Largest picture.</param>
public sealed class WorkForecast(StageKeys keys, IArtefactStore store, ISourceReader sources, DispatchTarget target, long maxSourceBytes = SourceIntake.DefaultMaxBytes)
{
    private readonly ConcurrentDictionary<string, bool> planned = new(StringComparer.Ordinal);

    /// <summary>Looks at one picture with the given edits. May be called for many pictures at a time.</summary>
    /// <exception cref="PipelineException">The store failed, or the line's parameters are impossible.</exception>
    public async Task<PictureForecast> ExamineAsync(JobLine line, IReadOnlyList<EditTarget> edits, CancellationToken cancellation)
    {
        WorkSettings settings = target.Defaults.SettingsOf(line);
        (Dictionary<string, BlobRef>? inputs, string? unreadable) = await InputsAsync(line, cancellation).ConfigureAwait(false);
        var counts = StageGraph.Stages(target.StageMask).ToDictionary(s => s, _ => new StageCount(), StringComparer.Ordinal);
        var all = new List<Edit>(edits.Count);
        // A worker sees at most so many edits of a picture together.
        foreach (EditTarget[] group in edits.Chunk(WorkRouter.PictureGroup))
        {
            Edit[] together = [.. group.Select(e => new Edit(e, inputs))];
            all.AddRange(together);
            foreach (string stage in counts.Keys.ToArray())
            {
                Edit[] open = [.. together.Where(e => e.Problem is null)];
                counts[stage] += keys.Knows(stage) && keys.ScopeOf(stage) == UnitScope.Picture
                    ? await PictureAsync(stage, settings, open, cancellation).ConfigureAwait(false)
                    : await TargetsAsync(stage, settings, open, cancellation).ConfigureAwait(false);
            }
        }

        return new PictureForecast(counts, all.Count, all.Count(e => e.Missing.Count == 0), all.Count(e => e.Problem is not null), unreadable ?? all.Find(e => e.Problem is not null)?.Problem)
        {
            IsReadable = unreadable is null,
        };
    }

    private async Task<(Dictionary<string, BlobRef>? Inputs, string? Unreadable)> InputsAsync(JobLine line, CancellationToken cancellation)
    {
        try
        {
            var inputs = new Dictionary<string, BlobRef>(StringComparer.Ordinal)
            {
                ["source"] = new(line.Sha256 ?? await DigestAsync(line.Image, cancellation).ConfigureAwait(false), 0, ""),
            };
            if (line.Mask is { } mask)
            {
                inputs["mask"] = new BlobRef(await DigestAsync(mask, cancellation).ConfigureAwait(false), 0, "");
            }

            return (inputs, null);
        }
        catch (Exception e) when (e is PipelineException { Class: FaultClass.Poison } or IOException)
        {
            return (null, e.Message);
        }
    }

    private async Task<string> DigestAsync(string address, CancellationToken cancellation)
    {
        string uri = SourceAddress.Resolve(target.SourceBase, address);
        Stream content = new LimitedStream(
            await sources.OpenAsync(uri, cancellation).ConfigureAwait(false), maxSourceBytes, () => new SourceException(ErrorCodes.SourceTooLarge, $"source '{uri}' is larger than {maxSourceBytes} bytes"));
        await using (content.ConfigureAwait(false))
        {
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation).ConfigureAwait(false));
        }
    }

    // What all edits have in common is the picture's, as in a worker.
    private async Task<StageCount> PictureAsync(string stage, WorkSettings settings, Edit[] edits, CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, BlobRef>? common = edits.Length == 0 || edits[0].Inputs is null ? null : edits[0].Inputs!
            .Where(i => edits.All(e => e.Inputs!.TryGetValue(i.Key, out BlobRef? other) && other.Sha256 == i.Value.Sha256)).ToDictionary(i => i.Key, i => i.Value);
        var missing = edits.SelectMany(e => e.Missing).ToHashSet(StringComparer.Ordinal);
        Found found = await FindAsync(stage, settings, null, common, missing, cancellation).ConfigureAwait(false);
        Array.ForEach(edits, e => e.Take(stage, found));
        return edits.Length == 0 ? new StageCount() : Count(found.Kind, edits.Length);
    }

    private async Task<StageCount> TargetsAsync(string stage, WorkSettings settings, Edit[] edits, CancellationToken cancellation)
    {
        var count = new StageCount();
        foreach (Edit edit in edits)
        {
            Found found = await FindAsync(stage, settings, edit.Target, edit.Inputs, edit.Missing, cancellation).ConfigureAwait(false);
            edit.Take(stage, found);
            count += Count(found.Kind, 1);
        }

        return count;
    }

    private async Task<Found> FindAsync(
        string stage, WorkSettings settings, EditTarget? edit, IReadOnlyDictionary<string, BlobRef>? inputs, HashSet<string> missing, CancellationToken cancellation)
    {
        if (inputs is null || !keys.Knows(stage))
        {
            return new Found(Finding.Unknown);
        }

        string? key;
        try
        {
            key = keys.KeyOf(stage, new StageUnit { Settings = settings, Target = edit, Inputs = inputs }, missing);
        }
        catch (Exception e) when (FaultClassifier.Classify(e).Class == FaultClass.Poison)
        {
            return new Found(Finding.Impossible, null, e.Message);
        }

        if (key is null)
        {
            return new Found(Finding.Unknown);
        }

        byte[]? bytes = await store.TryReadManifestAsync(new ManifestKey(stage, key), cancellation).ConfigureAwait(false);
        // Work that two edits share is done once.
        return bytes is not null && Read(bytes) is { } manifest ? new Found(Finding.Stored, manifest) : new Found(planned.TryAdd(key, true) ? Finding.ToCompute : Finding.Shared);
    }

    private static StageManifest? Read(byte[] bytes)
    {
        try
        {
            return ContractJson.Deserialize<StageManifest>(bytes);
        }
        catch (JsonException)
        {
            return null; // damaged: it will be made again
        }
    }

    private static StageCount Count(Finding finding, int items) => finding switch
    {
        Finding.Stored or Finding.Shared => new StageCount { Units = 1, Found = 1 },
        Finding.Unknown => new StageCount { Units = 1, Unknown = 1, ItemsUnknown = items },
        Finding.ToCompute => new StageCount { Units = 1, ItemsToCompute = items },
        _ => new StageCount(),
    };

    private enum Finding
    {
        Stored,
        Shared,
        ToCompute,
        Unknown,
        Impossible,
    }

    private sealed record Found(Finding Kind, StageManifest? Manifest = null, string? Problem = null);

    private sealed class Edit(EditTarget target, Dictionary<string, BlobRef>? inputs)
    {
        public EditTarget Target => target;

        /// <summary>Stored inputs so far; null when not even the source is known.</summary>
        public Dictionary<string, BlobRef>? Inputs { get; } = inputs?.ToDictionary();

        /// <summary>Stages whose outputs are not known.</summary>
        public HashSet<string> Missing { get; } = new(StringComparer.Ordinal);

        /// <summary>Why the edit will fail; null while nothing speaks against it.</summary>
        public string? Problem { get; private set; }

        public void Take(string stage, Found found)
        {
            Problem ??= found.Problem;
            if (found.Manifest is null)
            {
                Missing.Add(stage);
            }

            foreach ((string name, BlobRef blob) in found.Manifest?.Outputs ?? new Dictionary<string, BlobRef>())
            {
                Inputs![$"{stage}.{name}"] = blob;
            }
        }
    }
}
