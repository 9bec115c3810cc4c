using Pipeline.Training.Autoencoder;
using Pipeline.Training.Captioning;
using Pipeline.Training.Contrast;
using Pipeline.Training.Denoising;
using Pipeline.Training.Judging;
using Pipeline.Training.Language;
using Pipeline.Training.Perceptual;
using Pipeline.Training.Runs;
using Pipeline.Training.SelfDistillation;
using TorchSharp;

namespace Pipeline.Training.Family;

/// <summary>
/// Trains all models of the family one after the other, each in a folder of its own below one folder, and puts what is shipped into <c>models/</c>, a directory that every command takes. Called
/// again it goes on where it was: finished members are left as they are.
/// </summary>
/// <param name="folder">Folder of the family.</param>
/// <param name="trainers">Trainers by name.</param>
/// <param name="members">In an order in which every member comes after those that it builds on.</param>
/// <param name="smoke">Tiny networks for some seconds each.</param>
/// <param name="half">Exports in half precision.</param>
/// <param name="device">Where it is computed; the CPU when null.</param>
/// <param name="precision">What every member's products are computed in; the recipes' own when null.</param>
public sealed class FamilyRun(
    string folder, IReadOnlyList<Trainer> trainers, IReadOnlyList<FamilyMember> members, bool smoke, bool half, torch.Device? device = null, TrainingPrecision? precision = null)
{
    /// <summary>Folder of the shipped models below the family's.</summary>
    public const string ModelsFolder = "models";

    /// <summary>The tiny world's family. A new member is one line here and one in <see cref="Trainers"/>.</summary>
    public static IReadOnlyList<FamilyMember> TinyWorld { get; } =
    [
        Member(AutoencoderTask.System),
        Member(ClipTask.System, "clip"),
        Member(JudgeTask.System, "classifier"),
        Member(DinoTask.System, "dino"),
        Member(LpipsTask.System, "lpips"),
        Member(DecoderTask.System, null, AutoencoderTask.System),
        Member(ClipRecipes.LongSystem, null, ClipTask.System),
        Member(DiffusionTask.System, "diffusion", AutoencoderTask.System, ClipTask.System),
        Member(LanguageTask.System, "mllm", ClipTask.System),
        Member(CaptionTask.System, "captioner", ClipTask.System),
    ];

    /// <summary>Trains until all is done or a drain is asked for.</summary>
    /// <param name="say">Told which member begins, and what it reached.</param>
    /// <param name="report">Called after every update.</param>
    /// <param name="drain">Asks for an early end; the present member is saved.</param>
    /// <exception cref="TrainingException">A member cannot be trained or resumed.</exception>
    public FamilyOutcome Run(Action<string> say, Action<TrainingProgress>? report, CancellationToken drain)
    {
        ArgumentNullException.ThrowIfNull(say);
        List<string> failed = [];
        foreach (FamilyMember member in members)
        {
            Trainer trainer = trainers.FirstOrDefault(t => t.System == member.System) ?? throw new TrainingException($"family: no trainer '{member.System}'");
            TrainingConfig config = ConfigOf(member, trainer);
            string own = Path.Combine(folder, member.System);
            if (TrainingRun.IsFinished(config, own))
            {
                say($"{member.System}: finished");
            }
            else if (!Train(trainer, config, own, say, report, drain))
            {
                return new FamilyOutcome(false, failed);
            }

            // What goes on from a trained base starts low: there the loss must not rise.
            if (smoke && !SmokeCheck.Of(own, member.Bases.Count > 0 ? Math.Max(1, trainer.SmokeMargin) : trainer.SmokeMargin).Passed)
            {
                failed.Add(member.System);
            }
        }

        Ship();
        return new FamilyOutcome(true, failed);
    }

    private static FamilyMember Member(string system, string? shippedAs = null, params string[] bases) =>
        new(system, bases.ToDictionary(b => b, b => b, StringComparer.Ordinal), shippedAs);

    private TrainingConfig ConfigOf(FamilyMember member, Trainer trainer)
    {
        TrainingConfig config = (smoke ? trainer.Smoke() : trainer.Full()) with { Device = device ?? torch.CPU };
        config = precision is { } wanted ? config with { Precision = wanted } : config;
        return member.Bases.Count == 0
            ? config
            : config with { Base = member.Bases.ToDictionary(b => b.Key, b => Path.GetFullPath(Path.Combine(folder, b.Value, TrainingRun.ModelFolder)), StringComparer.Ordinal) };
    }

    private bool Train(Trainer trainer, TrainingConfig config, string own, Action<string> say, Action<TrainingProgress>? report, CancellationToken drain)
    {
        say($"{trainer.System}: {config.Steps} steps of {config.Batch}");
        using ITrainingTask task = trainer.Create(config);
        TrainingOutcome outcome = new TrainingRun(config, task, own, report, new TrainingRunOptions { Half = half }).Run(true, drain);
        say(FormattableString.Invariant($"{trainer.System}: {(outcome.Finished ? "finished" : "stopped and saved")} after step {outcome.Step}, loss {outcome.Loss:G4}, {task.ScoreName} {outcome.Score:0.00}"));
        return outcome.Finished;
    }

    /// <summary>Copies the exported folders; the better decoder takes the place of the one that the denoiser was trained with, whose latents it reads.</summary>
    private void Ship()
    {
        string models = Path.Combine(folder, ModelsFolder);
        foreach (FamilyMember member in members.Where(m => m.ShippedAs is not null))
        {
            Copy(Path.Combine(folder, member.System, TrainingRun.ModelFolder), Path.Combine(models, member.ShippedAs!));
        }

        string decoder = Path.Combine(folder, DecoderTask.System, TrainingRun.ModelFolder), autoencoder = Path.Combine(models, "diffusion", "vae");
        if (Directory.Exists(decoder) && Directory.Exists(autoencoder))
        {
            Copy(decoder, autoencoder);
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }
}
