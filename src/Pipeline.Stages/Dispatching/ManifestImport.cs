using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Ledger;

namespace Pipeline.Stages.Dispatching;

/// <summary>Reads the manifest twice: once to check it and to know its identity, once to import it. Memory does not grow with it.</summary>
public sealed class ManifestImport(JobManifest source)
{
    private const int BatchPictures = 2000;
    private const int MaxErrors = 1000;
    private readonly List<ManifestError> errors = [];

    /// <summary>What is wrong, at most 1000 entries.</summary>
    public IReadOnlyList<ManifestError> Errors => errors;

    /// <summary>Checks the manifest and returns the digest of its good lines.</summary>
    /// <exception cref="ManifestException">Lines have errors and are not to be skipped, or there is no good line.</exception>
    public async Task<string> CheckAsync(CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long lines = 0;
        Stream manifest = await source.OpenAsync(cancellation).ConfigureAwait(false);
        await using (manifest.ConfigureAwait(false))
        {
            ManifestReadOptions reading = source.Reading with { DefaultVariants = source.Defaults.Variants };
            await foreach (ManifestLine line in JobManifestReader.ReadAsync(manifest, reading, cancellation).ConfigureAwait(false))
            {
                errors.AddRange(line.Errors.Take(MaxErrors - errors.Count));
                if (line.Value is { } value && (source.Limit is not { } limit || lines < limit))
                {
                    hash.AppendData(CanonicalJson.Serialize(value));
                    lines++;
                }
            }
        }

        if (errors.Count > 0 && !source.SkipBadLines)
        {
            throw new ManifestException($"the manifest has {errors.Count}{(errors.Count == MaxErrors ? " or more" : "")} errors, the first: {errors[0]}", errors);
        }

        return lines > 0 ? Convert.ToHexStringLower(hash.GetCurrentHash()) : throw new ManifestException("the manifest has no usable line", errors);
    }

    /// <summary>Imports what an earlier run has not imported yet.</summary>
    public async Task ImportAsync(ILedger ledger, JobInfo job, CancellationToken cancellation)
    {
        long picture = 0;
        var batch = new List<NewPicture>(BatchPictures);
        await foreach (JobLine line in LinesAsync(cancellation).ConfigureAwait(false))
        {
            if (picture++ < job.ImportedPictures)
            {
                continue;
            }

            batch.Add(PictureOf(line, source.Defaults));
            if (batch.Count == BatchPictures)
            {
                await ledger.ImportAsync(job.Id, picture - batch.Count, batch, cancellation).ConfigureAwait(false);
                batch.Clear();
            }
        }

        await ledger.ImportAsync(job.Id, picture - batch.Count, batch, cancellation).ConfigureAwait(false);
        await ledger.FinishImportAsync(job.Id, cancellation).ConfigureAwait(false);
    }

    private async IAsyncEnumerable<JobLine> LinesAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        Stream manifest = await source.OpenAsync(cancellation).ConfigureAwait(false);
        await using (manifest.ConfigureAwait(false))
        {
            long lines = 0;
            ManifestReadOptions reading = source.Reading with { DefaultVariants = source.Defaults.Variants };
            await foreach (ManifestLine line in JobManifestReader.ReadAsync(manifest, reading, cancellation).ConfigureAwait(false))
            {
                if (line.Value is { } value && (source.Limit is not { } limit || lines++ < limit))
                {
                    yield return value;
                }
            }
        }
    }

    /// <summary>The items of a line.</summary>
    public static IReadOnlyList<NewItem> ItemsOf(JobLine line, JobDefaults defaults)
    {
        int variants = line.NumVariants ?? defaults.Variants;
        var items = new List<NewItem>(line.Emotions.Count * variants);
        foreach (EmotionRequest request in line.Emotions)
        {
            long seed = request.Seed ?? line.Seed ?? defaults.Seed;
            double intensity = request.Intensity == 1 ? defaults.Intensity : request.Intensity;
            items.AddRange(Enumerable.Range(0, variants).Select(variant => new NewItem(request.Emotion.Trim(), intensity, variant, seed + variant)));
        }

        return items;
    }

    /// <summary>The picture of a line, as the ledger takes it.</summary>
    internal static NewPicture PictureOf(JobLine line, JobDefaults defaults) =>
        new(line.Id, line.Image, line.Sha256, Encoding.UTF8.GetString(ContractJson.Serialize(line)), ItemsOf(line, defaults));
}
