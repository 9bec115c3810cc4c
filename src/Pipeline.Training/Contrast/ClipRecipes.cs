using System.Text.Json;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Contrast;

/// <summary>Configurations of the tiny world's CLIP.</summary>
public static class ClipRecipes
{
    /// <summary>Largest ratio of the last losses of <see cref="Smoke"/> to its first ones that passes.</summary>
    public const double SmokeMargin = 0.8;

    /// <summary>The shipped one: 16 groups of six pictures a batch.</summary>
    public static TrainingConfig Full => new()
    {
        System = ClipTask.System,
        Seed = 2,
        Steps = 5_000,
        Batch = 16,
        CheckpointEvery = 250,
        Optimiser = new OptimiserConfig { Rate = 2e-3, FloorRate = 2e-5, WarmUp = 100, Beta2 = 0.98, WeightDecay = 0.05 },
        Data = new WorldData { HeldOut = 256 },
        Model = Model(64, 4, 2, 4),
    };

    /// <summary>System of <see cref="Long"/>.</summary>
    public const string LongSystem = "clip-long";

    /// <summary>After <see cref="Full"/>, on top of it: the text tower learns captions of five sentences and of target prompts.</summary>
    public static TrainingConfig Long => Full with
    {
        System = LongSystem,
        Seed = 3,
        Steps = 1_500,
        Optimiser = Full.Optimiser with { Rate = 1e-3 },
        Task = JsonSerializer.SerializeToElement(new { longShare = 0.6, lockImage = true }),
    };

    /// <summary>Seconds on one core, without a base model, so nothing is locked; the loss must fall by a fifth.</summary>
    public static TrainingConfig LongSmoke => Smoke with { System = LongSystem, Steps = 200, Task = JsonSerializer.SerializeToElement(new { longShare = 0.6 }) };

    /// <summary>Seconds on one core; the loss must fall by a fifth. For tests of the trainer, not for use.</summary>
    public static TrainingConfig Smoke => Full with
    {
        Steps = 100,
        Batch = 4,
        Average = 0.9,
        CheckpointEvery = 50,
        Optimiser = new OptimiserConfig { Rate = 3e-3, FloorRate = 1e-3, WarmUp = 5, Beta2 = 0.98 },
        Data = new WorldData { Scenes = 256, HeldOut = 32 },
        Model = Model(32, 2, 1, 1),
    };

    private static JsonElement Model(int width, int heads, int textLayers, int imageLayers)
    {
        int vocabulary = WorldTokenizer.Clip.VocabularySize;
        string Tower(int layers) => $"\"hidden_act\": \"quick_gelu\", \"hidden_size\": {width}, \"intermediate_size\": {4 * width}, \"num_attention_heads\": {heads}, "
            + $"\"num_hidden_layers\": {layers}, \"projection_dim\": {width}";
        using JsonDocument document = JsonDocument.Parse($$"""
            {
              "architectures": ["CLIPModel"],
              "logit_scale_init_value": 2.6592,
              "model_type": "clip",
              "projection_dim": {{width}},
              "text_config": {
                "model_type": "clip_text_model", "bos_token_id": {{vocabulary - 2}}, "eos_token_id": {{vocabulary - 1}}, "pad_token_id": {{vocabulary - 1}},
                "max_position_embeddings": 77, "vocab_size": {{vocabulary}}, {{Tower(textLayers)}}
              },
              "vision_config": {"model_type": "clip_vision_model", "image_size": 64, "patch_size": 8, {{Tower(imageLayers)}}}
            }
            """);
        return document.RootElement.Clone();
    }
}
