using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Evaluation.Metrics;
using Pipeline.Imaging;
using Pipeline.Methods.Emotions;
using Pipeline.Stages.Core;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Inversion;
using Pipeline.Stages.Modelling;
using Pipeline.Stages.Prompting;
using Pipeline.Stages.Scoring;
using Pipeline.Stages.Sources;
using Pipeline.Training.World;

namespace Pipeline.Benchmarks;

/// <summary>
/// What bus, store and ledger cost beside the models: the same edits through the embedded pipeline (bus in memory, artefact folder, SQLite ledger, data set written) and by calling the same stages one after the other
/// with nothing around them but decoding the source and encoding the results. One process, one compute thread at a time, the two ways in turn.
/// </summary>
internal sealed class OverheadBenchmarks : IDisposable
{
    private const string Feeling = "fear";
    private const ulong FirstScene = 900_700_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("moodpipe-overhead-").FullName;
    private readonly ModelClock _clock = new();
    private readonly StageCatalog _catalog;
    private readonly JobDefaults _defaults;
    private readonly MeasuredStage<PromptInput, PromptResult> _prompt;
    private readonly MeasuredStage<InvertInput, SourceLatent> _invert;
    private readonly MeasuredStage<EditInput, EditedPicture> _edit;
    private readonly MeasuredStage<RgbImage, string> _caption;
    private readonly MeasuredStage<ScoreInput, IReadOnlyDictionary<string, MetricValue>> _score;
    private readonly int _items;
    private int _runs;

    private OverheadBenchmarks(string models, int side, int items)
    {
        _items = items;
        _defaults = new JobDefaults { Params = JsonSerializer.SerializeToElement(new { minLongSide = side, longSide = side }) };
        _catalog = new StageCatalog(new StageCatalogOptions { Models = models, DigestCache = Path.Combine(_folder, "digests.json") });
        IStage[] stages = [.. _catalog.Stages().Select(s => s.Stage)];
        MeasuredStage<TIn, TOut> Find<TIn, TOut>() => new(stages.OfType<IStage<TIn, TOut>>().Single(), _clock);
        (_prompt, _invert, _edit) = (Find<PromptInput, PromptResult>(), Find<InvertInput, SourceLatent>(), Find<EditInput, EditedPicture>());
        (_caption, _score) = (Find<RgbImage, string>(), Find<ScoreInput, IReadOnlyDictionary<string, MetricValue>>());
        File.WriteAllLines(Path.Combine(_folder, "job.jsonl"), Enumerable.Range(0, items).Select(i => JsonSerializer.Serialize(new { id = $"{i}", image = $"{i}.png", emotions = new[] { Feeling } })));
        for (int i = 0; i < items; i++)
        {
            File.WriteAllBytes(Picture(i), ImageCodec.Default.Encode(SceneRenderer.Render(Scene.Sample(FirstScene + (ulong)i)).Image, EncodeOptions.Png));
        }
    }

    /// <summary>Measures both ways in turn.</summary>
    /// <param name="models">A model directory with all kinds of models.</param>
    /// <param name="side">Side of the edited pictures, pixels.</param>
    /// <param name="items">Pictures, one edit each.</param>
    /// <param name="repeats">Runs of each way that count; one more before them does not.</param>
    public static async Task RunAsync(string models, int side, int items, int repeats)
    {
        using OverheadBenchmarks benchmark = new(models, side, items);
        Console.WriteLine($"{items} edits of {side}x{side} a run; seconds an edit; load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");
        Console.WriteLine($"{"run",-12} {"processor",10} {"of it models",13} {"beside them",12} {"wall",8}");
        List<Figures> direct = [], piped = [];
        for (int run = 0; run <= repeats; run++)
        {
            bool counts = run > 0;
            Figures one = await benchmark.MeasureAsync(() => Task.Run(benchmark.Direct)), other = await benchmark.MeasureAsync(benchmark.PipedAsync);
            Print($"direct {(counts ? run : "warm-up")}", one);
            Print($"pipeline {(counts ? run : "warm-up")}", other);
            if (counts)
            {
                direct.Add(one);
                piped.Add(other);
            }
        }

        Summarise(direct, piped);
    }

    public void Dispose()
    {
        _catalog.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static void Summarise(List<Figures> direct, List<Figures> piped)
    {
        double model = direct.Concat(piped).Average(f => f.Model);
        double[] beside = [.. piped.Zip(direct, (p, d) => p.Beside - d.Beside)], whole = [.. piped.Zip(direct, (p, d) => p.Processor - d.Processor)];
        Console.WriteLine(FormattableString.Invariant($"models {model:0.000} s an edit"));
        Line("beside the models, pipeline - direct", beside, model);
        Line("whole process, pipeline - direct", whole, model);
    }

    private static void Line(string what, double[] seconds, double model) => Console.WriteLine(FormattableString.Invariant(
        $"{what}: {1000 * seconds.Average():0.0} ms ({1000 * seconds.Min():0.0} to {1000 * seconds.Max():0.0}), {100 * seconds.Average() / model:0.00} % of model time ({100 * seconds.Min() / model:0.00} to {100 * seconds.Max() / model:0.00})"));

    private static void Print(string name, Figures f) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-18} {f.Processor,8:0.000} {f.Model,10:0.000} {f.Beside,12:0.0000} {f.Wall,10:0.000}"));

    private string Picture(int item) => Path.Combine(_folder, $"{item}.png");

    private async Task<Figures> MeasureAsync(Func<Task> run)
    {
        using Process process = Process.GetCurrentProcess();
        GC.Collect();
        _ = _clock.Take();
        (TimeSpan before, long start) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
        await run();
        double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        process.Refresh();
        return new Figures((process.TotalProcessorTime - before).TotalSeconds / _items, _clock.Take() / _items, wall / _items);
    }

    private void Direct()
    {
        for (int i = 0; i < _items; i++)
        {
            byte[] file = File.ReadAllBytes(Picture(i));
            (RgbImage source, string digest) = (ImageCodec.Default.Decode(file, DecodeLimits.Default), Sha256Digest.Of(file));
            Emotion emotion = EmotionTaxonomy.Resolve(Feeling).Emotion;
            PromptResult prompts = _prompt.Call(new PromptInput(source, digest, emotion, new GivenPrompts(null, null, null, null, null, null)));
            SourceLatent latent = _invert.Call(new InvertInput(source, _defaults.Method, _defaults.Params, digest, null));
            EditedPicture edited = _edit.Call(new EditInput(
                source, digest, latent.Values, latent.Shape, _defaults.Method, _defaults.Params, "all", Feeling, 1, _defaults.Seed, prompts.Record, prompts.Map));
            RgbImage image = edited.Image.Image;
            string caption = _caption.Call(image);
            IReadOnlyDictionary<string, MetricValue> metrics = _score.Call(new ScoreInput(source, image, edited.Image.Mask, prompts.Record.Source, prompts.Record.Target, Feeling, null));
            File.WriteAllBytes(Path.Combine(_folder, "edited.png"), ImageCodec.Default.Encode(image, EncodeOptions.Png));
            File.WriteAllBytes(Path.Combine(_folder, "mask.png"), edited.Image.Mask.EncodePng());
            File.WriteAllText(Path.Combine(_folder, "facts.txt"), new StringBuilder(caption).Append('\n').AppendJoin('\n', metrics.Select(m => $"{m.Key} {m.Value.Value}")).ToString());
        }
    }

    private async Task PipedAsync()
    {
        string state = Path.Combine(_folder, $"run-{_runs++}");
        EmbeddedRunOptions options = new()
        {
            OpenManifest = () => File.OpenRead(Path.Combine(_folder, "job.jsonl")),
            Sources = new FileSourceReader(_folder),
            OutputFolder = Path.Combine(state, "out"),
            StateFolder = Path.Combine(state, "state"),
            Defaults = _defaults,
        };
        StageRunner[] stages = [StageRunner.Create(_prompt), StageRunner.Create(_invert), StageRunner.Create(_edit), StageRunner.Create(_caption), StageRunner.Create(_score)];
        RunSummary summary = await new EmbeddedRun(options, stages).RunAsync(null, default, default);
        if (summary.Done != _items)
        {
            throw new InvalidOperationException($"{summary.Done} of {_items} edits done: {string.Join("; ", summary.Errors.Select(e => $"{e.Stage} {e.Code} {e.Message}"))}");
        }
    }

    /// <summary>Seconds an edit.</summary>
    private sealed record Figures(double Processor, double Model, double Wall)
    {
        public double Beside => Processor - Model;
    }
}
