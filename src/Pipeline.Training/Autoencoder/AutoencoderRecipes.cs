using System.Text.Json;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Autoencoder;

/// <summary>Configurations of the tiny world's autoencoder.</summary>
public static class AutoencoderRecipes
{
    /// <summary>Largest ratio of the last losses of <see cref="Smoke"/> to its first ones that passes.</summary>
    public const double SmokeMargin = 0.75;

    /// <summary>The shipped one: 64x64 to 16x16x4, 0.68 M parameters, 96,000 pictures.</summary>
    public static TrainingConfig Full => new()
    {
        System = AutoencoderTask.System,
        Seed = 1,
        Steps = 6_000,
        Batch = 16,
        Average = 0.995,
        CheckpointEvery = 500,
        Optimiser = new OptimiserConfig { Rate = 2e-3, FloorRate = 2e-5, WarmUp = 100, Beta2 = 0.99 },
        Model = Model("[16, 32, 64]", 8),
    };

    /// <summary>Seconds on one core; the loss must fall by a quarter. For tests of the trainer, not for use.</summary>
    public static TrainingConfig Smoke => Full with
    {
        Steps = 60,
        Batch = 8,
        Average = 0.9,
        CheckpointEvery = 30,
        Optimiser = new OptimiserConfig { Rate = 3e-3, FloorRate = 1e-3, WarmUp = 5, Beta2 = 0.99 },
        Data = new WorldData { Scenes = 64, HeldOut = 4 },
        Model = Model("[8, 8, 16]", 4),
    };

    /// <summary>Largest ratio of the last losses of <see cref="DecoderSmoke"/> to its first ones that passes, over a base of few steps.</summary>
    public const double DecoderSmokeMargin = 0.9;

    /// <summary>The shipped decoder: 48,000 more pictures.</summary>
    public static TrainingConfig Decoder => Full with
    {
        System = DecoderTask.System,
        Seed = 4,
        Steps = 3_000,
        Optimiser = new OptimiserConfig { Rate = 1e-3, FloorRate = 1e-5, WarmUp = 100, Beta2 = 0.99 },
        Data = new WorldData { FirstScene = 200_000 },
        Model = JsonSerializer.SerializeToElement(new { }),
    };

    /// <summary>Seconds on one core. For tests of the trainer, not for use.</summary>
    public static TrainingConfig DecoderSmoke => Decoder with
    {
        Steps = 30,
        Batch = 8,
        Average = 0.9,
        CheckpointEvery = 15,
        Optimiser = Smoke.Optimiser,
        Data = Smoke.Data,
    };

    private static JsonElement Model(string channels, int groups)
    {
        using JsonDocument document = JsonDocument.Parse($$"""
            {
              "_class_name": "AutoencoderKL",
              "act_fn": "silu",
              "block_out_channels": {{channels}},
              "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
              "in_channels": 3,
              "latent_channels": 4,
              "layers_per_block": 1,
              "norm_num_groups": {{groups}},
              "out_channels": 3,
              "sample_size": 64,
              "scaling_factor": 1.0,
              "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]
            }
            """);
        return document.RootElement.Clone();
    }
}
