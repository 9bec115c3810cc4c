using System.Text.Json;
using Pipeline.Cli.Run;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Results;
using Pipeline.Contracts.Topology;
using Pipeline.Evaluation.Comparison;
using Pipeline.Evaluation.Metrics;
using Pipeline.Evaluation.Suites;
using Pipeline.Hosting;
using Pipeline.Imaging;
using Pipeline.Models;
using Pipeline.Stages.Collecting;
using Pipeline.Stages.Dispatching;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Modelling;

namespace Pipeline.Cli.Eval;

/// <summary>
/// One <c>moodpipe eval</c>: every method works on the suite as an embedded run of its own, all over one folder of artefacts, so that prompts and inversions that methods share are computed
/// once; then scores are collected and the tables written. The same command again continues where it stopped.
/// </summary>
internal sealed class EvalSession(EvalRequest request)
{
    private const int ShownErrors = 5;
    private static readonly string[] s_stages = [StageNames.Prompt, StageNames.Invert, StageNames.Edit, StageNames.Score];

    /// <summary>Runs to the end or until a signal; returns the exit code.</summary>
    public async Task<int> RunAsync()
    {
        EvalSuite suite = await EvalSuite.OpenAsync(request.Suite).ConfigureAwait(false);
        IReadOnlyList<EvaluatedItem>? baseline = request.Baseline is { } folder ? EvalFiles.ReadItems(folder) : null;
        if (request.Preset is { Reconstruction: true } && suite.Cases.FirstOrDefault(c => c.SourcePrompt is null) is { } without)
        {
            throw CommandFailure.Usage($"{request.Suite}: case '{without.Id}' has no source prompt: reconstruction asks for the picture by it");
        }

        using IRunView view = RunViews.Create(request.Json, request.Quiet);
        TorchSharp.torch.set_num_threads(request.Threads);
        using Telemetry telemetry = Telemetry.Start("moodpipe-eval");
        using DrainSignal signal = new(() => view.Note("Finishing what is in hand; press Ctrl-C again to stop at once. The same command continues."));
        List<EvaluatedItem> items = [];
        using (CaseJudge judge = Opened(() => CaseJudge.Open(request.Models)))
        using (PerceptualMetrics? perceptual = Opened(() => CaseScorer.OpenPerceptual(request.Models)))
        using (StageCatalog catalog = OpenModels())
        {
            CaseScorer scorer = new(suite, judge, perceptual);
            for (int i = 0; i < request.Methods.Count; i++)
            {
                MethodVariant variant = request.Methods[i];
                view.Note($"[{i + 1}/{request.Methods.Count}] {variant.Label}");
                if (variant.Method == MethodVariant.Unedited)
                {
                    items.AddRange(suite.Cases.Take(request.Limit ?? int.MaxValue).Select(c => Item(suite, scorer, c, variant, null)));
                    continue;
                }

                RunSummary summary = await RunAsync(suite, variant, catalog, view, signal).ConfigureAwait(false);
                if (summary.Interrupted)
                {
                    view.Note("Interrupted. The same command continues.");
                    return ExitCodes.Interrupted;
                }

                items.AddRange(Collect(suite, variant, scorer));
            }
        }

        return Finish(view, suite, items, baseline);
    }

    private StageCatalog OpenModels() =>
        Opened(() => new StageCatalog(new StageCatalogOptions { Models = request.Models, DigestCache = Path.Combine(State, "model-digests.json"), Limits = DecodeLimits.Default }));

    private static T Opened<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (ModelFormatException error)
        {
            throw CommandFailure.Environment(error.Message);
        }
    }

    private string State => Path.Combine(request.Output, ".moodpipe");

    private string FolderOf(MethodVariant variant) => Path.Combine(request.Output, "runs", variant.Folder);

    private async Task<RunSummary> RunAsync(EvalSuite suite, MethodVariant variant, StageCatalog catalog, IRunView view, DrainSignal signal)
    {
        JobManifestSource manifest = suite.Job(variant, request.Preset is { Reconstruction: true }, request.Limit);
        EmbeddedRunOptions options = new()
        {
            OpenManifest = manifest.Open,
            Sources = manifest.Sources,
            OutputFolder = FolderOf(variant),
            StateFolder = State,
            Defaults = new JobDefaults { Method = variant.Method, Seed = request.Seed, Evaluate = request.Metrics.Count == 0 ? null : [.. MetricNames.Usual, .. request.Metrics] },
            Stages = s_stages,
        };
        try
        {
            RunSummary summary = await new EmbeddedRun(options, [.. catalog.Stages().Where(s => s_stages.Contains(s.Stage.Name))]).RunAsync(view, signal.Drain, signal.Stop).ConfigureAwait(false);
            foreach (Ledger.ErrorSummary error in summary.Errors.Take(ShownErrors))
            {
                view.Note($"  {error.Items} x {error.Stage} {error.Code}: {error.Message}");
            }

            return summary;
        }
        catch (ManifestException error)
        {
            throw CommandFailure.Usage($"{request.Suite}: {error.Message}: {string.Join("; ", error.Errors.Take(ShownErrors))}");
        }
        catch (PipelineException error) when (error.Class == FaultClass.Environment)
        {
            throw CommandFailure.Environment($"{error.Message} [{error.Code}]");
        }
    }

    private IEnumerable<EvaluatedItem> Collect(EvalSuite suite, MethodVariant variant, CaseScorer scorer)
    {
        Dictionary<string, SuiteCase> cases = suite.Cases.ToDictionary(c => c.Id, StringComparer.Ordinal);
        foreach (string line in File.ReadLines(Path.Combine(FolderOf(variant), DataSetWriter.MetadataFile)))
        {
            ResultRecord result = JsonSerializer.Deserialize<ResultRecord>(line, ContractJson.Options)!;
            yield return Item(suite, scorer, cases[result.Id], variant, result);
        }
    }

    /// <summary>The scores of a result: the stage's and the suite's own. Without a result the picture itself is scored.</summary>
    private EvaluatedItem Item(EvalSuite suite, CaseScorer scorer, SuiteCase item, MethodVariant variant, ResultRecord? result)
    {
        SortedDictionary<string, double> metrics = new(StringComparer.Ordinal);
        string? error = result?.Error is { } failure ? $"{failure.Stage}: {failure.Message} [{failure.Code}]" : null;
        string? image = result is null ? Path.Combine(suite.Folder, item.Image) : result.Output?.Image is { } path ? Path.Combine(FolderOf(variant), path) : null;
        if (image is not null && error is null)
        {
            foreach ((string name, double value) in result?.Metrics ?? new Dictionary<string, double>())
            {
                metrics[name] = item.Mask is not null && CaseScorer.IsPart(name) ? double.NaN : value;
            }

            try
            {
                foreach ((string name, MetricValue value) in scorer.Score(item, image))
                {
                    metrics[name] = value.Value ?? double.NaN;
                }
            }
            catch (SuiteException problem)
            {
                error = problem.Message;
            }
        }

        if (result?.UnetForwards is { } forwards)
        {
            metrics[MetricNames.UnetForwards] = forwards;
        }

        return new EvaluatedItem
        {
            Id = item.Id,
            Method = variant.Label,
            Category = item.Category,
            Image = image is null ? null : Path.GetRelativePath(request.Output, image),
            Error = error,
            Metrics = new SortedDictionary<string, double>(metrics.Where(m => double.IsFinite(m.Value)).ToDictionary(m => m.Key, m => m.Value), StringComparer.Ordinal),
        };
    }

    private int Finish(IRunView view, EvalSuite suite, List<EvaluatedItem> items, IReadOnlyList<EvaluatedItem>? baseline)
    {
        GateResult[] gates = [.. request.Gates.SelectMany(g => g.Check(items, baseline))];
        EvalFiles files = new(request, suite);
        files.Write(items, baseline, gates);
        int failed = items.Count(i => i.Error is not null);
        view.Note($"{items.Count - failed} of {items.Count} edits scored{(failed > 0 ? $", {failed} failed" : "")}.");
        view.Note($"Tables:  {Path.Combine(request.Output, EvalFiles.Markdown)}");
        view.Note($"Gallery: {Path.Combine(request.Output, EvalFiles.Gallery)}");
        foreach (GateResult broken in gates.Where(g => !g.Passed))
        {
            view.Note($"quality gate broken: {broken.Gate.Text} ({broken.Method}): {(broken.Value is { } value ? $"measured {value:G6}" : "no number was measured")}");
        }

        return gates.Any(g => !g.Passed) ? ExitCodes.QualityGate : failed > 0 ? ExitCodes.ItemsFailed : ExitCodes.Done;
    }
}
