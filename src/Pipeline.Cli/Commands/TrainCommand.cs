using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Pipeline.Hosting;
using Pipeline.Models;
using Pipeline.Training.Family;
using Pipeline.Training.Runs;
using static TorchSharp.torch;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe train</c>: the trainers of the tiny model family.</summary>
internal static class TrainCommand
{
    private static readonly TimeSpan s_reportEvery = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        Command command = new("train", "Train a model of the tiny family on the picture world, or on pictures of one's own (--data).");
        foreach (Trainer trainer in Trainers.All)
        {
            command.Add(ForTrainer(trainer));
        }

        command.Add(TrainFamilyCommand.Create());
        return command;
    }

    private static Command ForTrainer(Trainer trainer)
    {
        string system = trainer.System;
        Option<string> output = new("--out") { Description = "Folder of the run: checkpoints, losses and, at the end, the model.", Required = true };
        Option<string> file = new("--config") { Description = "Configuration file (JSON). Without it: the folder's own run.json when resuming, else the built-in recipe." };
        Option<int?> steps = new("--steps") { Description = "Updates of the weights, in place of the configuration's." };
        Option<bool> resume = new("--resume") { Description = "Go on from the newest complete checkpoint in --out, if there is one." };
        Option<string[]> bases = new("--base") { Description = "ROLE=DIR: a trained model that this one builds on; may be given several times." };
        string needs = string.Concat(trainer.Bases.Select(b => $" --base {b}=DIR"));
        Option<string?> data = new("--data") { Description = "Learn from the pictures of this manifest (JSON Lines: image, caption) in place of the world's." };
        Option<int> readers = new("--readers") { Description = "Threads that read or render batches ahead of their step; 0 does it in the step. What is computed is the same.", DefaultValueFactory = _ => 1 };
        Option<string?> precision = PrecisionOption("configuration's");
        Option<bool> small = new("--smoke") { Description = $"A tiny network for some seconds{(needs.Length > 0 ? $" (with{needs})" : "")}: its loss must fall to {trainer.SmokeMargin.ToString(CultureInfo.InvariantCulture)} of its start, else exit code 4." };
        Option<bool> half = new("--half") { Description = "Write the weights of model/ in half precision." };
        Option<string?> fork = new("--fork") { Description = "Start from the newest checkpoint of the run in this folder: its averaged weights, with fresh optimiser, schedule and data order." };
        Option<bool> export = new("--export") { Description = "Write model/ and scores.json from the newest complete checkpoint in --out, without training; the run may be going on." };
        RankArguments ranks = new();
        Option<string> device = DeviceOption();
        Command command = new(system, trainer.Description) { output, file, data, steps, bases, resume, small, export, half, fork, device, precision, readers };
        ranks.AddTo(command);
        command.SetAction(parsed =>
        {
            string folder = Path.GetFullPath(parsed.GetRequiredValue(output));
            string? path = parsed.GetValue(file) ?? ((parsed.GetValue(resume) || parsed.GetValue(export)) && !parsed.GetValue(small) ? OwnConfig(folder) : null);
            return Guarded(() =>
            {
                TrainingConfig config = path is null ? (parsed.GetValue(small) ? trainer.Smoke() : trainer.Full()) : TrainingConfig.Read(path);
                TrainingRunOptions options = new() { Half = parsed.GetValue(half), Fork = parsed.GetValue(fork) is { } other ? Path.GetFullPath(other) : null, Ranks = ranks.Of(parsed) };
                config = parsed.GetValue(steps) is int wanted ? config with { Steps = wanted } : config;
                config = PrecisionOf(parsed.GetValue(precision)) is { } products ? config with { Precision = products } : config;
                config = options.Ranks is { } all && config.Shards == 0 ? config with { Shards = all.WorldSize } : config;
                config = WithData(WithBases(config, parsed.GetValue(bases) ?? []), parsed.GetValue(data)) with
                {
                    Device = DeviceOf(parsed.GetValue(device)),
                    Surroundings = SurroundingsOf(folder, parsed.GetValue(readers)),
                };
                config.Check(path ?? "--steps");
                return config.System != system ? throw CommandFailure.Usage($"{path}: is a configuration of '{config.System}': use 'moodpipe train {config.System}'")
                    : parsed.GetValue(export) ? Export(config, trainer.Create, folder, options)
                    : Run(config, trainer.Create, folder, parsed.GetValue(resume), parsed.GetValue(small) ? trainer.SmokeMargin : null, options);
            });
        });
        return HelpWithExamples.Describe(command, $"moodpipe train {system}{needs} --out runs/{system}", $"moodpipe train {system} --out runs/{system} --resume", $"moodpipe train {system} --smoke{needs} --out /tmp/{system}");
    }

    private static TrainingSurroundings SurroundingsOf(string folder, int readers) =>
        readers is >= 0 and <= 256 ? new TrainingSurroundings { Folder = folder, Readers = readers, Say = line => Console.Error.WriteLine(line) }
        : throw CommandFailure.Usage($"--readers {readers}: must lie between 0 and 256");

    private static TrainingConfig WithData(TrainingConfig config, string? manifest) =>
        manifest is null ? config : config with { Data = config.Data with { Manifest = Path.GetFullPath(manifest) } };

    internal static Option<string> DeviceOption() => new("--device") { Description = "cpu or cuda.", DefaultValueFactory = _ => "cpu" };

    internal static Device DeviceOf(string? name) => name switch
    {
        "cpu" => CPU,
        "cuda" when cuda.is_available() => CUDA,
        "cuda" => throw new CommandFailure(ExitCodes.Environment, "--device cuda: the tensor engine of this program finds no CUDA device: leave the option out, or use an engine that was built for CUDA"),
        _ => throw CommandFailure.Usage($"--device {name}: must be cpu or cuda"),
    };

    internal static Option<string?> PrecisionOption(string owner) =>
        new("--precision") { Description = $"Products in single, bfloat16 or float16, where the device computes them; in place of the {owner}." };

    /// <summary>The precision that was asked for; null when none was.</summary>
    internal static TrainingPrecision? PrecisionOf(string? name) => name is null ? null :
        Enum.GetValues<TrainingPrecision>().Select(p => ((TrainingPrecision?)p, p.ToString().ToLowerInvariant())).FirstOrDefault(p => p.Item2 == name).Item1
        ?? throw CommandFailure.Usage($"--precision {name}: must be single, bfloat16 or float16");

    private static TrainingConfig WithBases(TrainingConfig config, string[] given)
    {
        Dictionary<string, string> bases = new(config.Base ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach (string pair in given)
        {
            string[] parts = pair.Split('=', 2);
            bases[parts[0]] = parts is [{ Length: > 0 }, { Length: > 0 } folder]
                ? Path.GetFullPath(folder)
                : throw CommandFailure.Usage($"--base {pair}: must be ROLE=DIR, such as vae=runs/vae/model");
        }

        return bases.Count == 0 ? config : config with { Base = bases };
    }

    private static string? OwnConfig(string folder) => Path.Combine(folder, TrainingRun.ConfigFile) is var path && File.Exists(path) ? path : null;

    /// <summary>Errors of a configuration or a model are the caller's.</summary>
    internal static int Guarded(Func<int> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is TrainingException or ModelFormatException)
        {
            throw CommandFailure.Usage(error.Message);
        }
    }

    private static int Run(TrainingConfig config, Func<TrainingConfig, ITrainingTask> create, string folder, bool resume, double? margin, TrainingRunOptions options)
    {
        using Telemetry telemetry = Telemetry.Start("moodpipe-train");
        using DrainSignal signal = new(() => Console.Error.WriteLine("Stopping: this step is finished and saved."));
        using ITrainingTask task = create(config);
        TrainingOutcome outcome = new TrainingRun(config, task, folder, Reporter(task.ScoreName), options).Run(resume, signal.Drain);
        Console.Out.WriteLine(outcome.Finished
            ? options.Ranks is { Rank: > 0 } ranks ? $"Process {ranks.Rank} has done its part in {outcome.Step} steps." : string.Create(CultureInfo.InvariantCulture, $"Trained in {outcome.Step} steps: loss {outcome.Loss:G4}, {task.ScoreName} {outcome.Score:0.00}. Model: {Path.Combine(folder, "model")}; figures: {Path.Combine(folder, TrainingRun.ScoresFile)}")
            : $"Stopped and saved after step {outcome.Step} of {config.Steps}; --resume goes on.");
        return outcome.Finished && margin is { } ratio && options.Ranks is not { Rank: > 0 } ? Judge(SmokeCheck.Of(folder, ratio)) : ExitCodes.Done;
    }

    /// <summary>Prints the first step, every score, and else a line every other second.</summary>
    internal static Action<TrainingProgress> Reporter(string scoreName)
    {
        long reported = 0;
        return progress =>
        {
            if (reported == 0 || progress.Score is not null || Stopwatch.GetElapsedTime(reported) >= s_reportEvery)
            {
                reported = Stopwatch.GetTimestamp();
                Console.Error.WriteLine(Line(progress, scoreName));
            }
        };
    }

    private static int Export(TrainingConfig config, Func<TrainingConfig, ITrainingTask> create, string folder, TrainingRunOptions options)
    {
        using ITrainingTask task = create(config);
        TrainingOutcome outcome = new TrainingRun(config, task, folder, null, options).Export();
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Exported the checkpoint of step {outcome.Step} of {config.Steps}: {task.ScoreName} {outcome.Score:0.00}. Model: {Path.Combine(folder, "model")}; figures: {Path.Combine(folder, TrainingRun.ScoresFile)}"));
        return ExitCodes.Done;
    }

    private static int Judge(SmokeCheck check)
    {
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Smoke: loss {check.Before:G4} -> {check.After:G4}, {check.After / check.Before:0.00} of its start; at most {check.Margin} passes."));
        return check.Passed ? ExitCodes.Done : ExitCodes.QualityGate;
    }

    private static string Line(TrainingProgress progress, string scoreName)
    {
        string means = string.Join("  ", progress.Means.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key} {m.Value:G4}")));
        string score = progress.Score is { } value ? string.Create(CultureInfo.InvariantCulture, $"  {scoreName} {value:0.00}") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"step {progress.Step}/{progress.Steps}  {means}  {progress.SamplesPerSecond:0.0}/s  ETA {progress.Remaining:d\\.hh\\:mm\\:ss}{score}");
    }
}
