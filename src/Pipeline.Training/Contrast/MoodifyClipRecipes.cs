using System.Text.Json;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Contrast;

/// <summary>Configurations of the MoodifyCLIP trainer. Their model section is empty: the network is the base model's.</summary>
public static class MoodifyClipRecipes
{
    /// <summary>Largest ratio of the last losses of <see cref="Smoke"/> to its first ones that passes.</summary>
    public const double SmokeMargin = 0.9;

    /// <summary>For the tiny world's CLIP: six groups of six pictures a batch, more than the 32 below which principal components are left out.</summary>
    public static TrainingConfig Full => new()
    {
        System = MoodifyClipTask.System,
        Seed = 5,
        Steps = 1_000,
        Batch = 6,
        CheckpointEvery = 250,
        Optimiser = new OptimiserConfig { Rate = 1e-3, FloorRate = 1e-5, WarmUp = 50, Beta2 = 0.98, WeightDecay = 0.05 },
        Average = 0.998,
        Data = new WorldData { HeldOut = 256 },
        Model = Empty(),
    };

    /// <summary>Seconds on one core; the loss must fall by a tenth. For tests of the trainer, not for use.</summary>
    public static TrainingConfig Smoke => Full with
    {
        Steps = 60,
        Average = 0.9,
        CheckpointEvery = 30,
        Optimiser = new OptimiserConfig { Rate = 2e-3, FloorRate = 1e-3, WarmUp = 5, Beta2 = 0.98 },
        Data = new WorldData { Scenes = 256, HeldOut = 32 },
    };

    private static JsonElement Empty()
    {
        using JsonDocument document = JsonDocument.Parse("{}");
        return document.RootElement.Clone();
    }
}
