using System.Text.Json;
using Pipeline.Cli.Doctor;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Hosting;
using Pipeline.Imaging;
using Pipeline.Methods;
using Pipeline.Models;
using Pipeline.Stages.Dispatching;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Modelling;

namespace Pipeline.Cli.Run;

/// <summary>One <c>moodpipe run</c>: prepares, works, writes the report, and says how it ended.</summary>
internal sealed class RunSession(RunRequest request)
{
    private const int ShownErrors = 10;

    /// <summary>Shortest side of a source, pixels: less than this is not a picture of anything.</summary>
    private const int SmallestSide = 16;

    /// <summary>Runs to the end or until a signal; returns the exit code.</summary>
    public async Task<int> RunAsync()
    {
        RequireMethod();
        JobManifestSource manifest = JobManifestSource.Of(request);
        EmbeddedRunOptions options = Options(manifest);
        using IRunView view = RunViews.Create(request.Json, request.Quiet);
        if (request.DryRun)
        {
            return await new DryRun(request, manifest, options.Defaults, options.Reading).RunAsync(view).ConfigureAwait(false);
        }

        TorchSharp.torch.set_num_threads(request.Threads);
        foreach (string warning in EngineProbe.Run().Warnings)
        {
            view.Note("warning: " + warning);
        }

        using Telemetry telemetry = Telemetry.Start("moodpipe-run");
        using DrainSignal signal = new(() => view.Note("Finishing what is in hand; press Ctrl-C again to stop at once. The same command continues."));
        using StageCatalog catalog = OpenModels();
        RunSummary summary;
        try
        {
            summary = await new EmbeddedRun(options, catalog.Stages()).RunAsync(view, signal.Drain, signal.Stop).ConfigureAwait(false);
        }
        catch (ManifestException e)
        {
            Describe(view, e.Errors);
            throw CommandFailure.Usage(e.Message);
        }
        catch (PipelineException e) when (e.Class == FaultClass.Environment)
        {
            throw CommandFailure.Environment($"{e.Message} [{e.Code}]");
        }

        return await FinishAsync(view, summary, new RunReport(request, manifest, options.Reading)).ConfigureAwait(false);
    }

    // What is wrong for every item is said once and before anything starts.
    private void RequireMethod()
    {
        try
        {
            EditMethods.BuiltIn[request.Method].Normalise(JsonSerializer.SerializeToElement(request.Params));
        }
        catch (Exception e) when (e is PipelineException or EditException)
        {
            throw CommandFailure.Usage(e.Message);
        }
    }

    private StageCatalog OpenModels()
    {
        try
        {
            return new StageCatalog(new StageCatalogOptions
            {
                Models = request.Models,
                DigestCache = Path.Combine(Path.GetFullPath(request.Output), ".moodpipe", "model-digests.json"),
                Limits = DecodeLimits.Default with { MinSide = SmallestSide },
            });
        }
        catch (ModelFormatException e)
        {
            throw CommandFailure.Environment(e.Message);
        }
    }

    private EmbeddedRunOptions Options(JobManifestSource manifest) => new()
    {
        OpenManifest = manifest.Open,
        Sources = manifest.Sources,
        OutputFolder = Path.GetFullPath(request.Output),
        StateFolder = Path.Combine(Path.GetFullPath(request.Output), ".moodpipe"),
        Defaults = new JobDefaults
        {
            Method = request.Method,
            Seed = request.Seed,
            Variants = request.Variants,
            Format = request.Format,
            Params = request.Params.Count == 0 ? null : JsonSerializer.SerializeToElement(request.Params),
            Keep = ["mask"],
        },
        Reading = JobManifest.ReadingOf(request.Variants),
        SkipBadLines = true,
        Limit = request.Limit,
        RetryFailed = request.RetryFailed,
    };

    private async Task<int> FinishAsync(IRunView view, RunSummary summary, RunReport reporter)
    {
        Describe(view, summary.ManifestErrors);
        foreach (Ledger.ErrorSummary error in summary.Errors.Take(ShownErrors))
        {
            view.Note($"  {error.Items} x {error.Stage} {error.Code}: {error.Message}");
        }

        if (summary.Interrupted)
        {
            view.Note($"Interrupted with {summary.Open} of {summary.Items} edits open. The same command continues.");
            return ExitCodes.Interrupted;
        }

        string subtitle = $"{summary.Done} of {summary.Items} edits{(request.Remark.Length == 0 ? "" : $". {request.Remark}")}";
        string report = await reporter.WriteAsync(subtitle, Facts(summary), summary.Items).ConfigureAwait(false);
        string failed = summary.Failed > 0 ? $", {summary.Failed} failed" : "";
        view.Note($"{summary.Done} of {summary.Items} edits done{failed} in {RunText.Duration(summary.Elapsed)}.");
        view.Note($"Results: {summary.MetadataPath}");
        view.Note($"Report:  {report}");
        return summary.Failed > 0 || summary.ManifestErrors.Count > 0 ? ExitCodes.ItemsFailed : ExitCodes.Done;
    }

    private KeyValuePair<string, string>[] Facts(RunSummary summary) =>
    [
        new("job", summary.JobId),
        new("method", request.Method),
        new("models", Path.GetFullPath(request.Models)),
        new("seed", request.Seed.ToString()),
        new("duration", RunText.Duration(summary.Elapsed)),
        .. summary.Stages.Select(s => new KeyValuePair<string, string>(s.Stage, $"{s.Computed} computed, {s.Cached} found, {s.Failed} failed")),
    ];

    private static void Describe(IRunView view, IReadOnlyList<ManifestError> errors)
    {
        foreach (ManifestError error in errors.Take(ShownErrors))
        {
            view.Note($"manifest {error}");
        }

        if (errors.Count > ShownErrors)
        {
            view.Note($"... and {errors.Count - ShownErrors} more manifest errors");
        }
    }
}
