using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;
using Pipeline.Methods;
using Pipeline.Stages.Dispatching;
using Pipeline.Stages.Editing;
using Pipeline.Storage;

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
        BlobRef blob = await StoreAsync(manifest, cancellation).ConfigureAwait(false);
        JobSpec spec = await DescribeAsync(request, mask, blob, cancellation).ConfigureAwait(false);
        string digest = Sha256Digest.Of(CanonicalJson.Serialize(new { spec.Lines, spec.Defaults, spec.Stages, spec.SourceBase }));
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
            return spec with { Lines = await new ManifestImport(spec.Source(store)).CheckAsync(cancellation).ConfigureAwait(false) };
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
