using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Ledger;

namespace Pipeline.Stages.Dispatching;

/// <summary>Reads the manifest twice: once to check it and to know its identity, once to import it. Memory does not grow with it.</summary>
/// <param name="source">The manifest.</param>
/// <param name="mostHeld">Most edits that the check for duplicates holds in memory; more are sorted in temporary files.</param>
public sealed class ManifestImport(JobManifest source, int mostHeld = 1 << 20)
{
    private const int BatchPictures = 2000;
    private const int MaxErrors = 1000;
    private readonly List<ManifestError> errors = [];
    private readonly ManifestReadOptions reading = source.Reading with { DefaultVariants = source.Defaults.Variants, FindDuplicates = false };

    /// <summary>What is wrong, at most 1000 entries.</summary>
    public IReadOnlyList<ManifestError> Errors => errors;

    /// <summary>Checks the manifest and returns the digest of its good lines.</summary>
    /// <exception cref="ManifestException">Lines have errors and are not to be skipped, or there is no good line.</exception>
    public async Task<string> CheckAsync(CancellationToken cancellation)
    {
        using var check = new DuplicateCheck(mostHeld);
        (string digest, long lines) = await ReadAsync(null, check, cancellation).ConfigureAwait(false);
        var duplicates = new DuplicateLines(check.Find());
        if (duplicates.Count > 0)
        {
            // Once more: now it is known which lines ask for what others have asked for.
            errors.Clear();
            (digest, lines) = await ReadAsync(duplicates, null, cancellation).ConfigureAwait(false);
        }

        if (errors.Count > 0 && !source.SkipBadLines)
        {
            throw new ManifestException($"the manifest has {errors.Count}{(errors.Count == MaxErrors ? " or more" : "")} errors, the first: {errors[0]}", errors);
        }

        return lines > 0 ? digest : throw new ManifestException("the manifest has no usable line", errors);
    }

    /// <summary>Imports what an earlier run has not imported yet. The manifest must have been checked: unless lines are skipped, it is known to ask for nothing twice.</summary>
    public async Task ImportAsync(ILedger ledger, JobInfo job, CancellationToken cancellation)
    {
        long picture = 0;
        DuplicateLines? duplicates = source.SkipBadLines ? await DuplicatesAsync(cancellation).ConfigureAwait(false) : null;
        var batch = new List<NewPicture>(BatchPictures);
        await foreach (ManifestLine line in LinesAsync(duplicates, cancellation).ConfigureAwait(false))
        {
            if (line.Value is not { } value || (source.Limit is { } limit && picture >= limit) || picture++ < job.ImportedPictures)
            {
                continue;
            }

            batch.Add(PictureOf(value, source.Defaults));
            if (batch.Count == BatchPictures)
            {
                await ledger.ImportAsync(job.Id, picture - batch.Count, batch, cancellation).ConfigureAwait(false);
                batch.Clear();
            }
        }

        await ledger.ImportAsync(job.Id, picture - batch.Count, batch, cancellation).ConfigureAwait(false);
        await ledger.FinishImportAsync(job.Id, cancellation).ConfigureAwait(false);
    }

    private async Task<(string Digest, long Lines)> ReadAsync(DuplicateLines? duplicates, DuplicateCheck? check, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long lines = 0;
        await foreach (ManifestLine line in LinesAsync(duplicates, cancellation).ConfigureAwait(false))
        {
            errors.AddRange(line.Errors.Take(MaxErrors - errors.Count));
            Note(line, check);
            if (line.Value is { } value && (source.Limit is not { } limit || lines < limit))
            {
                hash.AppendData(CanonicalJson.Serialize(value));
                lines++;
            }
        }

        return (Convert.ToHexStringLower(hash.GetCurrentHash()), lines);
    }

    private async Task<DuplicateLines> DuplicatesAsync(CancellationToken cancellation)
    {
        using var check = new DuplicateCheck(mostHeld);
        await foreach (ManifestLine line in LinesAsync(null, cancellation).ConfigureAwait(false))
        {
            Note(line, check);
        }

        return new DuplicateLines(check.Find());
    }

    private void Note(ManifestLine line, DuplicateCheck? check)
    {
        if (check is not null && line.Value is { } value)
        {
            foreach ((UInt128 identity, _) in JobManifestReader.Identities(value, reading))
            {
                check.Add(identity, line.Number);
            }
        }
    }

    private async IAsyncEnumerable<ManifestLine> LinesAsync(DuplicateLines? duplicates, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Stream manifest = await source.OpenAsync(cancellation).ConfigureAwait(false);
        await using (manifest.ConfigureAwait(false))
        {
            await foreach (ManifestLine line in JobManifestReader.ReadAsync(manifest, reading, cancellation).ConfigureAwait(false))
            {
                yield return duplicates?.Check(line, reading) ?? line;
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
