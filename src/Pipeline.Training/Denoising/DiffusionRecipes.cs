using System.Text.Json;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Denoising;

/// <summary>Configurations of the tiny world's denoiser.</summary>
public static class DiffusionRecipes
{
    /// <summary>Largest ratio of the last losses of <see cref="Smoke"/> to its first ones that passes.</summary>
    public const double SmokeMargin = 0.85;

    /// <summary>The shipped one: 2.4 M parameters, 307,200 pictures; a picture costs 32 ms of one core (16 ms at [32, 64] with 2 heads, 48 ms at [64, 128] with 4).</summary>
    public static TrainingConfig Full => new()
    {
        System = DiffusionTask.System,
        Seed = 3,
        Steps = 9_600,
        Batch = 32,
        Average = 0.999,
        CheckpointEvery = 80,
        Optimiser = new OptimiserConfig { Rate = 1.5e-3, FloorRate = 2e-5, WarmUp = 100, WeightDecay = 0.01 },
        Data = new WorldData { Scenes = 48_000, HeldOut = 128 },
        Model = Model("[48, 96]", 3),
    };

    /// <summary>Seconds on one core over any base models. For tests of the trainer, not for use.</summary>
    public static TrainingConfig Smoke => Full with
    {
        Steps = 40,
        Batch = 8,
        Average = 0.9,
        CheckpointEvery = 20,
        Optimiser = new OptimiserConfig { Rate = 3e-3, FloorRate = 1e-3, WarmUp = 5 },
        Data = new WorldData { Scenes = 64, HeldOut = 8 },
        Task = JsonSerializer.SerializeToElement(new { samples = 4, sampleSteps = 4 }),
        Model = Model("[16, 32]", 2),
    };

    private static JsonElement Model(string channels, int heads)
    {
        using JsonDocument document = JsonDocument.Parse($$"""
            {
              "_class_name": "UNet2DConditionModel",
              "act_fn": "silu",
              "attention_head_dim": {{heads}},
              "block_out_channels": {{channels}},
              "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
              "layers_per_block": 1,
              "norm_num_groups": 8,
              "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]
            }
            """);
        return document.RootElement.Clone();
    }
}
