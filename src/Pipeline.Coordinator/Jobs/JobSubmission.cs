using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;
using Pipeline.Methods;
using Pipeline.Methods.Emotions;
using Pipeline.Stages.Dispatching;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Sources;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Coordinator.Jobs;

/// <summary>
/// Takes jobs in: the manifest goes to the artefact store as it comes, is checked there line by line, and the ledger gets the job. Its items are imported afterwards by whoever leads, and
/// an interrupted import goes on from the stored manifest. Any coordinator may take jobs in, not only the leader.
/// </summary>
public sealed class JobSubmission(ILedger ledger, IArtefactStore store, CoordinatorOptions options)
{
    private const string ManifestType = "application/x-ndjson";
    private const int MaxText = 200;

    /// <summary>Stores, checks and opens a job.</summary>
    /// <returns>The job, and whether it is new.</returns>
    /// <exception cref="SubmissionException">Request or manifest cannot be used.</exception>
    public async Task<(JobInfo Job, bool IsNew)> SubmitAsync(JobRequest request, Stream manifest, CancellationToken cancellation)
    {
        int mask = Check(request);
        JobSpec spec = request.Source is { } place
            ? await ListedAsync(request, mask, place, manifest, cancellation).ConfigureAwait(false)
            : await DescribeAsync(request, mask, await StoreAsync(manifest, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        string digest = Sha256Digest.Of(spec.Source is null
            ? CanonicalJson.Serialize(new { spec.Lines, spec.Defaults, spec.Stages, spec.SourceBase })
            : CanonicalJson.Serialize(new { spec.Source, spec.Emotions, spec.Limit, spec.Defaults, spec.Stages }));
        string id = request.Id ?? $"job-{digest[..16]}";
        bool known = await ledger.FindJobAsync(id, cancellation).ConfigureAwait(false) is not null;
        try
        {
            JobInfo job = await ledger.OpenJobAsync(New(request, id, spec, digest, mask), cancellation).ConfigureAwait(false);
            return (job, !known);
        }
        catch (LedgerException e) when (e.Class == FaultClass.Poison)
        {
            throw new SubmissionException(ErrorCodes.Parameter, e.Message, e) { Status = known ? 409 : 400 };
        }
    }

    /// <summary>Checks a request without its manifest; returns its stages.</summary>
    /// <exception cref="SubmissionException">It cannot be used.</exception>
    public static int Check(JobRequest request)
    {
        Require(request.Id is null || JobNames.IsValid(request.Id), "id: 1 to 100 letters, digits, dots, dashes, underscores; not starting with a dot");
        Require(request.Tenant is null || JobNames.IsValid(request.Tenant), "tenant: 1 to 100 letters, digits, dots, dashes, underscores; not starting with a dot");
        Require(request.Name is not { Length: > MaxText } && request.Name?.Any(char.IsControl) != true, $"name: at most {MaxText} characters, no control characters");
        Require(request.Priority is >= 0 and <= 9, "priority: 0 to 9");
        Require(request.Weight is >= 1 and <= 100, "weight: 1 to 100");
        Require(request.Window is null or (>= 1 and <= 1_000_000), "window: 1 to 1000000");
        Require(request.BudgetSeconds is null || (double.IsFinite(request.BudgetSeconds.Value) && request.BudgetSeconds > 0), "budgetSeconds: a positive number");
        Require(request.Limit is null or > 0, "limit: at least 1");
        Require(request.Source is null || request.Emotions.Count is >= 1 and <= 256, "emotions: 1 to 256 of them, for the pictures of the source");
        Require(request.Emotions.DistinctBy(e => EmotionTaxonomy.TryResolve(e.Emotion, out EmotionMatch? match) ? match.Emotion.Noun : e.Emotion).Count() == request.Emotions.Count, "emotions: each one once");
        Require(request.Source is not null || request.Emotions.Count == 0, "emotions: a manifest names those of each picture; leave them out");
        Require(request.Source is null || request.SourceBase is null, "sourceBase: listed pictures have whole addresses; leave it out");
        Require(request.Defaults.Variants is >= 1 and <= 64, "defaults.variants: 1 to 64");
        Require(request.Defaults.Intensity is > 0 and <= 1, "defaults.intensity: in (0, 1]");
        Require(request.Defaults.Format is "png" or "webp" or "jpeg", "defaults.format: png, webp or jpeg");
        try
        {
            EditMethods.BuiltIn[request.Defaults.Method].Normalise(request.Defaults.Params);
            int mask = StageGraph.Mask(request.Stages) | StageGraph.Required;
            Require(StageGraph.IsRunnable(mask), "stages: these cannot be run");
            return mask;
        }
        catch (Exception e) when (e is EditException or ArgumentException or PipelineException { Class: FaultClass.Poison } and not SubmissionException)
        {
            throw new SubmissionException(ErrorCodes.Parameter, e.Message, e);
        }
    }

    /// <summary>Opens the place that a job lists.</summary>
    /// <exception cref="SubmissionException">It may not or cannot be listed, or the request has a manifest as well.</exception>
    internal static async Task<IObjectSpace> OpenAsync(string place, Stream manifest, SourceOptions sources, CancellationToken cancellation)
    {
        Require(await manifest.ReadAsync(new byte[1], cancellation).ConfigureAwait(false) == 0, "source: send a manifest or name a source, not both");
        try
        {
            return SourcePlaces.Open(place, sources);
        }
        catch (SourceException e)
        {
            throw new SubmissionException(e.Code, e.Message, e);
        }
    }

    // A look at the first picture: whoever named the wrong bucket is told at once.
    private async Task<JobSpec> ListedAsync(JobRequest request, int mask, string place, Stream manifest, CancellationToken cancellation)
    {
        using IObjectSpace space = await OpenAsync(place, manifest, options.Sources, cancellation).ConfigureAwait(false);
        try
        {
            await using IAsyncEnumerator<JobLine> first = new ListingImport(space, request.Emotions, request.Defaults, 1, 1).LinesAsync(null, 0, cancellation).GetAsyncEnumerator(cancellation);
            if (!await first.MoveNextAsync().ConfigureAwait(false))
            {
                throw new SubmissionException(ErrorCodes.SourceMissing, $"there are no pictures in {space.Address}") { Status = 422 };
            }
        }
        catch (ObjectDeniedException e)
        {
            throw new SubmissionException(ErrorCodes.SourceUnreadable, e.Message, e) { Status = 422 };
        }

        return new JobSpec
        {
            // With its slash or without it is the same place.
            Source = space.Address.ToString().TrimEnd('/'), Emotions = request.Emotions, Defaults = request.Defaults, Stages = StageGraph.Stages(mask), Limit = request.Limit,
        };
    }

    private async Task<BlobRef> StoreAsync(Stream manifest, CancellationToken cancellation)
    {
        var limited = new LimitedStream(manifest, options.MaxManifestBytes, () => SubmissionException.TooLarge(options.MaxManifestBytes));
        BlobRef blob = await store.PutBlobAsync(limited, ManifestType, cancellation).ConfigureAwait(false);
        return blob.Size > 0 ? blob : throw new SubmissionException(ErrorCodes.ManifestSyntax, "the manifest is empty; send JSON lines") { Status = 422 };
    }

    private async Task<JobSpec> DescribeAsync(JobRequest request, int mask, BlobRef blob, CancellationToken cancellation)
    {
        var spec = new JobSpec
        {
            Manifest = blob, Lines = "", Defaults = request.Defaults, Stages = StageGraph.Stages(mask), SourceBase = request.SourceBase, SkipBadLines = request.SkipBadLines,
            Limit = request.Limit, MaxLineBytes = options.MaxLineBytes,
        };
        try
        {
            return spec with { Lines = await new ManifestImport(spec.ManifestIn(store)).CheckAsync(cancellation).ConfigureAwait(false) };
        }
        catch (ManifestException e)
        {
            throw new SubmissionException(e.Code, e.Message, e) { Lines = e.Errors, Status = 422 };
        }
    }

    private NewJob New(JobRequest request, string id, JobSpec spec, string digest, int mask) => new()
    {
        Id = id,
        Name = request.Name ?? "",
        Tenant = request.Tenant ?? "",
        SpecJson = System.Text.Encoding.UTF8.GetString(ContractJson.Serialize(spec)),
        SpecDigest = digest,
        StageMask = mask,
        Window = request.Window ?? options.Window.Most,
        Priority = request.Priority,
        Weight = request.Weight,
        Class = request.Class,
        BudgetSeconds = request.BudgetSeconds,
    };

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new SubmissionException(ErrorCodes.Parameter, message);
        }
    }
}
