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
        PlanTally tally = await CountAsync(request, manifest, cancellation).ConfigureAwait(false);
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

    private async Task<PlanTally> CountAsync(PlanRequest request, Stream manifest, CancellationToken cancellation)
    {
        var tally = new PlanTally(request.Sample);
        var errors = new List<ManifestError>();
        var limited = new LimitedStream(manifest, options.MaxManifestBytes, () => SubmissionException.TooLarge(options.MaxManifestBytes));
        ManifestReadOptions reading = JobManifest.ReadingOf(request.Job.Defaults.Variants) with { MaxLineBytes = options.MaxLineBytes };
        await foreach (ManifestLine line in JobManifestReader.ReadAsync(limited, reading, cancellation).ConfigureAwait(false))
        {
            errors.AddRange(line.Errors.Take(MaxErrors - errors.Count));
            tally.BadLines += line.Value is null ? 1 : 0;
            if (line.Value is { } value && (request.Job.Limit is not { } limit || tally.Pictures < limit))
            {
                tally.Add(value, ManifestImport.ItemsOf(value, request.Job.Defaults));
            }
        }

        if (errors.Count > 0 && !request.Job.SkipBadLines)
        {
            throw new SubmissionException(ErrorCodes.ManifestField, $"the manifest has {errors.Count}{(errors.Count == MaxErrors ? " or more" : "")} errors, the first: {errors[0]}") { Lines = errors, Status = 422 };
        }

        return tally.Pictures > 0 ? tally : throw new SubmissionException(ErrorCodes.ManifestSyntax, "the manifest has no usable line") { Lines = errors, Status = 422 };
    }
}
