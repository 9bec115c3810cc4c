using System.Text.Json;
using Pipeline.Training.Runs;

namespace Pipeline.Training.SelfDistillation;

/// <summary>Configurations of the tiny world's DINO.</summary>
public static class DinoRecipes
{
    /// <summary>Largest ratio of the last losses of <see cref="Smoke"/> to its first ones that passes.</summary>
    public const double SmokeMargin = 0.9;

    /// <summary>The shipped one: from labels, 96,000 pictures.</summary>
    public static TrainingConfig Full => new()
    {
        System = DinoTask.System,
        Seed = 6,
        Steps = 3_000,
        Batch = 32,
        Average = 0.995,
        CheckpointEvery = 250,
        Optimiser = new OptimiserConfig { Rate = 1.5e-3, FloorRate = 1e-5, WarmUp = 100, Beta2 = 0.98, WeightDecay = 0.02 },
        Data = new WorldData { HeldOut = 512 },
        Model = Model(96, 4, 4),
    };

    /// <summary>The same network by self-distillation, 64,000 pictures in two large and two small views each.</summary>
    public static TrainingConfig Distillation => Full with
    {
        Steps = 2_000,
        Average = 0,
        Optimiser = new OptimiserConfig { Rate = 1e-3, FloorRate = 1e-5, WarmUp = 100, WeightDecay = 0.04, GradientNorm = 3 },
        Task = JsonSerializer.SerializeToElement(new { objective = "distillation" }),
    };

    /// <summary>Seconds on one core; the loss must fall by a tenth. For tests of the trainer, not for use.</summary>
    public static TrainingConfig Smoke => Full with
    {
        Steps = 60,
        Batch = 16,
        Average = 0.9,
        CheckpointEvery = 30,
        Optimiser = new OptimiserConfig { Rate = 3e-3, FloorRate = 1e-3, WarmUp = 5, Beta2 = 0.98 },
        Data = new WorldData { Scenes = 512, HeldOut = 64 },
        Model = Model(24, 2, 2),
    };

    /// <summary>The same for self-distillation.</summary>
    public static TrainingConfig DistillationSmoke => Smoke with
    {
        Average = 0,
        Optimiser = new OptimiserConfig { Rate = 3e-3, FloorRate = 1e-3, WarmUp = 5, GradientNorm = 3 },
        Data = new WorldData { Scenes = 256, HeldOut = 64 },
        Task = JsonSerializer.SerializeToElement(new { objective = "distillation", headWidth = 32, bottleneck = 16, outputs = 64, smallViews = 1, momentum = 0.9 }),
    };

    private static JsonElement Model(int width, int heads, int layers)
    {
        using JsonDocument document = JsonDocument.Parse($$"""
            {
              "architectures": ["ViTModel"],
              "hidden_act": "gelu",
              "hidden_size": {{width}},
              "image_size": 64,
              "intermediate_size": {{4 * width}},
              "layer_norm_eps": 1e-6,
              "model_type": "vit",
              "num_attention_heads": {{heads}},
              "num_channels": 3,
              "num_hidden_layers": {{layers}},
              "patch_size": 8,
              "qkv_bias": true
            }
            """);
        return document.RootElement.Clone();
    }
}
