using System.Text.Json;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Perceptual;

/// <summary>Configurations of the tiny world's LPIPS.</summary>
public static class LpipsRecipes
{
    /// <summary>Largest ratio of the last losses of <see cref="Smoke"/> to its first ones that passes.</summary>
    public const double SmokeMargin = 0.75;

    /// <summary>The shipped one: an AlexNet of a quarter of the published widths, 0.2 M parameters, 96,000 pictures.</summary>
    public static TrainingConfig Full => new()
    {
        System = LpipsTask.System,
        Seed = 7,
        Steps = 3_000,
        Batch = 32,
        Average = 0.995,
        CheckpointEvery = 250,
        Optimiser = new OptimiserConfig { Rate = 1.5e-3, FloorRate = 1e-5, WarmUp = 100, Beta2 = 0.98, WeightDecay = 0.01 },
        Data = new WorldData { HeldOut = 512 },
        Model = Model("[24, 48, 96, 64, 64]"),
    };

    /// <summary>Seconds on one core; the loss must fall by a quarter. For tests of the trainer, not for use.</summary>
    public static TrainingConfig Smoke => Full with
    {
        Steps = 60,
        Batch = 16,
        Average = 0.9,
        CheckpointEvery = 30,
        Optimiser = new OptimiserConfig { Rate = 3e-3, FloorRate = 1e-3, WarmUp = 5, Beta2 = 0.98 },
        Data = new WorldData { Scenes = 512, HeldOut = 64 },
        Model = Model("[8, 12, 16, 12, 12]"),
    };

    private static JsonElement Model(string channels)
    {
        using JsonDocument document = JsonDocument.Parse($$"""{"model_type": "lpips", "backbone": "alex", "version": "0.1", "channels": {{channels}}}""");
        return document.RootElement.Clone();
    }
}
