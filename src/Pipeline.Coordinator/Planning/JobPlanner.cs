using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Messages;
using Pipeline.Coordinator.Http.Views;
using Pipeline.Coordinator.Jobs;
using Pipeline.Ledger;
using Pipeline.Stages.Dispatching;
using Pipeline.Stages.Planning;
using Pipeline.Stages.Sources;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Coordinator.Planning;

/// <summary>Forecasts jobs: counts what they ask for, looks up how much of it is stored, and predicts what the rest will cost. Writes nothing, and may run in any coordinator.</summary>
public sealed class JobPlanner(ILedger ledger, IArtefactStore store, CoordinatorOptions options)
{
    private const int AtOnce = 32;
    private const int MaxErrors = 1000;

    /// <summary>Forecasts a job.</summary>
    /// <exception cref="SubmissionException">Request or manifest could not be submitted either.</exception>
    public async Task<PlanView> PlanAsync(PlanRequest request, Stream manifest, double? pricePerHour, CancellationToken cancellation)
    {
        int mask = JobSubmission.Check(request.Job);
        var tally = new PlanTally(request.Sample);
        await (request.Job.Source is { } place ? ListAsync(request.Job, place, manifest, tally, cancellation) : CountAsync(request.Job, manifest, tally, cancellation)).ConfigureAwait(false);
        IReadOnlyList<WorkerInfo> workers = await ledger.WorkersAsync(cancellation).ConfigureAwait(false);
        StageKeys keys = options.WorkKeys(request.Profiles ?? Profiles(workers));
        var target = new DispatchTarget(request.Job.Id ?? "plan", mask, request.Job.Defaults) { SourceBase = request.Job.SourceBase };
        using var sources = new SourceReader(options.Sources);
        var forecast = new WorkForecast(keys, store, sources, target);
        await ForEachAsync(tally.Sample.Lines, async (line, stop) =>
            tally.Add(await forecast.ExamineAsync(line, Targets(line, request.Job.Defaults), stop).ConfigureAwait(false)), cancellation).ConfigureAwait(false);
        MeasuredCosts costs = await MeasuredCosts.ReadAsync(ledger, request.Job.Defaults, cancellation).ConfigureAwait(false);
        WorkerInfo[] live = [.. workers.Where(w => w.Silence <= options.WorkerAlive)];
        return new PlanReport(request, mask, tally, keys, costs, live).Create(request.PricePerHour ?? pricePerHour);
    }

    // One way to run a stage: that of the worker that was heard of last.
    private static Dictionary<string, StageProfile> Profiles(IReadOnlyList<WorkerInfo> workers)
    {
        var profiles = new Dictionary<string, StageProfile>(StringComparer.Ordinal);
        foreach ((string stage, StageProfile profile) in workers.OrderBy(w => w.Silence).SelectMany(w => w.Beat.Profiles ?? new Dictionary<string, StageProfile>()))
        {
            profiles.TryAdd(stage, profile);
        }

        return profiles;
    }

    private static EditTarget[] Targets(JobLine line, JobDefaults defaults) =>
        [.. ManifestImport.ItemsOf(line, defaults).Select((i, n) => new EditTarget { Item = n, Emotion = i.Emotion, Intensity = i.Intensity, Variant = i.Variant, Seed = i.Seed })];

    private static Task ForEachAsync(IEnumerable<JobLine> lines, Func<JobLine, CancellationToken, ValueTask> examine, CancellationToken cancellation) =>
        Parallel.ForEachAsync(lines, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, examine);

    private async Task ListAsync(JobRequest job, string place, Stream manifest, PlanTally tally, CancellationToken cancellation)
    {
        using IObjectSpace space = await JobSubmission.OpenAsync(place, manifest, options.Sources, cancellation).ConfigureAwait(false);
        try
        {
            var listing = new ListingImport(space, job.Emotions, job.Defaults, job.Limit, options.MaxListedPictures);
            await foreach (JobLine line in listing.LinesAsync(null, 0, cancellation).ConfigureAwait(false))
            {
                tally.Add(line, ManifestImport.ItemsOf(line, job.Defaults));
            }

            tally.BadLines = listing.Skipped;
        }
        catch (Exception e) when (e is SourceException or ObjectDeniedException)
        {
            throw new SubmissionException(ErrorCodes.SourceUnreadable, e.Message, e) { Status = 422 };
        }

        if (tally.Pictures == 0)
        {
            throw new SubmissionException(ErrorCodes.SourceMissing, $"there are no pictures in {space.Address}") { Status = 422 };
        }
    }

    private async Task CountAsync(JobRequest job, Stream manifest, PlanTally tally, CancellationToken cancellation)
    {
        var errors = new List<ManifestError>();
        var limited = new LimitedStream(manifest, options.MaxManifestBytes, () => SubmissionException.TooLarge(options.MaxManifestBytes));
        ManifestReadOptions reading = JobManifest.ReadingOf(job.Defaults.Variants) with { MaxLineBytes = options.MaxLineBytes, FindDuplicates = false };
        using var check = new DuplicateCheck();
        await foreach (ManifestLine line in JobManifestReader.ReadAsync(limited, reading, cancellation).ConfigureAwait(false))
        {
            errors.AddRange(line.Errors.Take(MaxErrors - errors.Count));
            tally.BadLines += line.Value is null ? 1 : 0;
            if (line.Value is { } value && (job.Limit is not { } limit || tally.Pictures < limit))
            {
                tally.Add(value, ManifestImport.ItemsOf(value, job.Defaults));
                foreach ((UInt128 identity, _) in JobManifestReader.Identities(value, reading))
                {
                    check.Add(identity, line.Number);
                }
            }
        }

        // The body cannot be read again: the lines are named, and counted although they would be left out.
        errors.AddRange(check.Find().Select(d => JobManifestReader.Duplicate(d.Line, "an edit", d.First)).Take(MaxErrors - errors.Count));
        if (errors.Count > 0 && !job.SkipBadLines)
        {
            throw new SubmissionException(ErrorCodes.ManifestField, $"the manifest has {errors.Count}{(errors.Count == MaxErrors ? " or more" : "")} errors, the first: {errors[0]}") { Lines = errors, Status = 422 };
        }

        if (tally.Pictures == 0)
        {
            throw new SubmissionException(ErrorCodes.ManifestSyntax, "the manifest has no usable line") { Lines = errors, Status = 422 };
        }
    }
}
