using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Pipeline.Training.Checkpoints;
using Pipeline.Training.Data;
using Pipeline.Training.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>
/// Trains a task in a folder: <c>run.json</c>, <c>losses.csv</c>, <c>losses.svg</c>, <c>scores.json</c>, <c>checkpoints/</c> and, at the end, <c>model/</c>. A run that was stopped and resumed gives
/// the weights of one that was not, bit for bit on one machine's CPU with one number of threads.
/// </summary>
/// <param name="config">The run; checked by its reader.</param>
/// <param name="task">What is trained; stays the caller's.</param>
/// <param name="folder">Made when missing.</param>
/// <param name="report">Called after every update.</param>
/// <param name="options">What else is asked for.</param>
public sealed class TrainingRun(TrainingConfig config, ITrainingTask task, string folder, Action<TrainingProgress>? report = null, TrainingRunOptions? options = null)
{
    internal const string CheckpointsFolder = "checkpoints", ModelFolder = "model";

    /// <summary>The configuration of a run, in its folder.</summary>
    public const string ConfigFile = "run.json";

    /// <summary>Figures of a finished run on held-out scenes, in its folder.</summary>
    public const string ScoresFile = "scores.json";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    private readonly CheckpointFolder _checkpoints = new(Path.Combine(folder, CheckpointsFolder));
    private readonly SampleOrder _order = new(config.Seed, task.Data?.Training.Count ?? config.Data.Scenes);
    private readonly RunningMeans _means = new();
    private TrainingProvenance _provenance = TrainingProvenance.Of(config, task);
    private readonly RunProcess _process = new(options?.Ranks, folder);
    private readonly WeightUpdate _update = new(config);
    private BatchParts? _parts;
    private bool _stops;
    private long _step;
    private long _started;
    private long _firstStep;
    private double _earlierSeconds;

    /// <summary>Trains to the last step, or until a drain is asked for; then the present step is finished and saved.</summary>
    /// <param name="resume">Goes on from the newest complete checkpoint; without one, the run starts at step 0.</param>
    /// <param name="drain">Asks for an early end.</param>
    /// <exception cref="TrainingException">The folder holds another run, or the loss is no longer a number.</exception>
    public TrainingOutcome Run(bool resume, CancellationToken drain)
    {
        string? newest = _checkpoints.Complete is [.., string last] ? last : null;
        if (newest is not null && !resume)
        {
            throw new TrainingException($"{folder}: already holds a run ({Path.GetFileName(newest)}): ask to resume it, or give another folder");
        }

        PrecisionSupport.Require(config);

        using TrainedState state = new(task, config);
        if (newest is not null)
        {
            Restore(newest, state);
        }
        else if (options?.Fork is { } parent)
        {
            _provenance = _provenance with { ParentHash = state.Fork(parent, config.System) };
        }

        using RankExchange? exchange = _process.Meet(config, task, _provenance, _step, drain);
        _parts = config.Shards > 0 ? new BatchParts(config, exchange) : null;
        using LossLog? log = Begin();
        task.Prepare(_process.Folder, drain);
        if (_parts?.AnyStops(drain.IsCancellationRequested) ?? drain.IsCancellationRequested)
        {
            return new TrainingOutcome(_step, false, MeanLoss, null);
        }

        foreach (string note in task.Notes)
        {
            config.Surroundings.Say(note);
        }

        (_started, _firstStep) = (Stopwatch.GetTimestamp(), _step);
        using BatchesAhead batches = new(new BatchPlan(config, task, _order, _parts).After(_step, state.Noise), b => task.Load(b.Samples, b.Draws), config.Surroundings);
        while (_step < config.Steps)
        {
            Update(state, batches, log, drain);
            bool scored = _step % config.CheckpointEvery == 0 || _step == config.Steps;
            double? score = scored && _process.IsLeader ? state.Average.Use(task.Score) : null;
            TrainingProgress progress = Progress(score);
            TrainingMeter.Progress(config.System, progress);
            report?.Invoke(progress);
            bool ending = (_parts is null ? drain.IsCancellationRequested : _stops) && _step < config.Steps;
            if ((scored || ending) && _process.IsLeader)
            {
                Save(state, score);
            }

            if (ending)
            {
                return new TrainingOutcome(_step, false, MeanLoss, score);
            }
        }

        return _process.IsLeader ? Finish(state, _provenance.Metadata()) : new TrainingOutcome(_step, true, MeanLoss, null);
    }

    /// <summary>
    /// Judges the newest complete checkpoint and writes what the end of a run writes, without training: for a look at a run that another process goes on with, or for one that is good enough. The model's
    /// metadata names the checkpoint.
    /// </summary>
    /// <exception cref="TrainingException">The folder holds no complete checkpoint, or one of another run.</exception>
    public TrainingOutcome Export()
    {
        string newest = _checkpoints.Complete is [.., string last] ? last : throw new TrainingException($"{folder}: holds no complete checkpoint: train first");
        using TrainedState state = new(task, config);
        Restore(newest, state);
        task.Prepare(folder, CancellationToken.None);
        return Finish(state, new Dictionary<string, string>(_provenance.Metadata()) { ["checkpoint"] = _provenance.ParentHash!, ["step"] = _step.ToString(CultureInfo.InvariantCulture) });
    }

    /// <summary>Makes the folders and, in the process that writes, the log.</summary>
    private LossLog? Begin()
    {
        Directory.CreateDirectory(_process.Folder);
        if (!_process.IsLeader)
        {
            return null;
        }

        LossLog log = LossLog.Open(Path.Combine(folder, "losses.csv"), _step);
        File.WriteAllText(Path.Combine(folder, ConfigFile), config.ToJson());
        return log;
    }

    private void Restore(string checkpoint, TrainedState state)
    {
        using GeneratorStates generators = state.Generators();
        CheckpointTensors tensors = state.Tensors(generators);
        (TrainingState numbers, string digest) = CheckpointFolder.Load(checkpoint, _provenance, tensors);
        state.Restore(generators);
        (_step, _earlierSeconds) = (numbers.Step, numbers.WallSeconds);
        _means.Restore(numbers.RunningMeans);
        _update.Scaler?.Restore(numbers.LossScale, numbers.LossScaleGood, numbers.SkippedSteps);
        _provenance = _provenance with { ParentHash = digest };
    }

    private void Update(TrainedState state, BatchesAhead batches, LossLog? log, CancellationToken drain)
    {
        _step++;
        using DisposeScope scope = NewDisposeScope();
        task.Network.train();
        task.Network.zero_grad();
        List<(string Name, double Value)> terms = [];
        if (_parts is null)
        {
            Backward(state, batches, config.Batch, terms);
        }
        else
        {
            (terms, _stops) = _parts.Compute(state, _step, drain.IsCancellationRequested, (count, sums) => Backward(state, batches, count, sums));
        }

        double rate = config.Optimiser.RateAt(_step, config.Steps);
        double? norm = Apply(state, rate, terms);
        if (norm is not null)
        {
            _means.Update(_step - _update.Skipped, terms);
        }

        log?.Append(_step, rate, norm ?? double.PositiveInfinity, terms);
        TrainingMeter.Step(config.System, terms[0].Value, rate, config.Batch, _update.Scaler?.Scale);
    }

    private double? Apply(TrainedState state, double rate, IReadOnlyList<(string Name, double Value)> terms)
    {
        try
        {
            return _update.Apply(state, task, _step, rate, terms);
        }
        catch (TrainingException error)
        {
            throw new TrainingException($"{folder}: step {_step}: {error.Message}", error);
        }
    }

    private void Backward(TrainedState state, BatchesAhead batches, int samples, List<(string Name, double Value)> terms)
    {
        for (int done = 0; done < samples;)
        {
            (PlannedBatch batch, BatchLoss loss) = batches.Next();
            BatchPlan.Take(batch, state.Noise);
            _update.Add(loss, state.Noise, (double)batch.Samples.Length / config.Batch, terms);
            done += batch.Samples.Length;
        }
    }

    private void Save(TrainedState state, double? score)
    {
        using GeneratorStates generators = state.Generators();
        _checkpoints.Save(
            new TrainingState
            {
                Step = _step,
                Epoch = _order.EpochOf(_step * config.Batch),
                ConsumedSamples = _step * config.Batch,
                SchedulePosition = _step,
                LossScale = _update.Scaler?.Scale ?? 1,
                LossScaleGood = _update.Scaler?.Good ?? 0,
                SkippedSteps = _update.Skipped,
                RunningMeans = _means.Values,
                Score = score,
                WallSeconds = WallSeconds,
            },
            _provenance,
            state.Tensors(generators));
    }

    private TrainingProgress Progress(double? score)
    {
        double seconds = Math.Max(1e-9, Stopwatch.GetElapsedTime(_started).TotalSeconds), done = _step - _firstStep;
        return new TrainingProgress(
            _step, config.Steps, _means.Values, done * config.Batch / seconds, TimeSpan.FromSeconds(seconds / done * (config.Steps - _step)), score);
    }

    private double MeanLoss => _means.Values.GetValueOrDefault("loss", double.NaN);

    private double WallSeconds => _earlierSeconds + (_started == 0 ? 0 : Stopwatch.GetElapsedTime(_started).TotalSeconds);

    private TrainingOutcome Finish(TrainedState state, IReadOnlyDictionary<string, string> metadata)
    {
        string model = Path.Combine(folder, ModelFolder);
        Directory.CreateDirectory(model);
        Dictionary<string, double> scores = [];
        double seconds = WallSeconds;
        state.Average.Use(() =>
        {
            scores[task.ScoreName] = task.Score();
            foreach ((string name, double value) in task.Details())
            {
                scores[name] = value;
            }

            task.Export(model, metadata);
            return true;
        });
        bool half = options?.Half == true;
        if (half)
        {
            HalfPrecision.Convert(model);
        }

        long parameters = state.Parameters.Sum(p => p.Value.numel());
        File.WriteAllText(Path.Combine(model, ModelCard.File), new ModelCard(config, task.Data?.Description ?? new SceneData(config.Data).Description, _provenance, _step, parameters, scores, seconds, half).ToMarkdown());
        double score = scores[task.ScoreName];
        string title = FormattableString.Invariant($"{config.System}: loss {MeanLoss:G4} after {_step} steps, {task.ScoreName} {score:0.00}");
        File.WriteAllText(Path.Combine(folder, "losses.svg"), LossPlot.Draw(title, LossLog.Read(Path.Combine(folder, "losses.csv"))));
        File.WriteAllText(Path.Combine(folder, ScoresFile), JsonSerializer.Serialize(scores, s_json));     // last: a run with its figures is finished
        return new TrainingOutcome(_step, true, MeanLoss, score);
    }

    /// <summary>Whether a folder holds a finished run of a configuration: its last checkpoint and its figures.</summary>
    public static bool IsFinished(TrainingConfig config, string folder)
    {
        ArgumentNullException.ThrowIfNull(config);
        return File.Exists(Path.Combine(folder, ScoresFile)) && new CheckpointFolder(Path.Combine(folder, CheckpointsFolder)).HasReached(config.Steps);
    }
}
