using System.Text.Json;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Language;

/// <summary>Configurations of the tiny world's LLaVA-NeXT.</summary>
public static class LanguageRecipes
{
    /// <summary>Largest ratio of the last losses of <see cref="Smoke"/> to its first ones that passes.</summary>
    public const double SmokeMargin = 0.75;

    /// <summary>What a picture may be laid out on: one tile, or two side by side or one above the other.</summary>
    internal const string Canvases = "[[64, 64], [64, 128], [128, 64]]";

    /// <summary>The shipped one; its image tower starts from the trained CLIP's (<c>--base clip=DIR</c>).</summary>
    public static TrainingConfig Full => new()
    {
        System = LanguageTask.System,
        Seed = 3,
        Steps = 2_000,
        Batch = 16,
        MicroBatch = 8,
        Average = 0.995,
        CheckpointEvery = 250,
        Optimiser = new OptimiserConfig { Rate = 1.5e-3, FloorRate = 1e-5, WarmUp = 100, Beta2 = 0.98, WeightDecay = 0.02 },
        Data = new WorldData { HeldOut = 64 },
        Task = JsonSerializer.SerializeToElement(new LanguageOptions(), JsonSerializerOptions.Web),
        Model = Model(128, 384, 4, 4, 64, 4, 4),
    };

    /// <summary>Seconds on one core. For tests of the trainer, not for use.</summary>
    public static TrainingConfig Smoke => Full with
    {
        Steps = 40,
        Batch = 3,
        MicroBatch = 0,
        Average = 0.9,
        CheckpointEvery = 20,
        Optimiser = new OptimiserConfig { Rate = 1e-2, FloorRate = 2e-3, WarmUp = 5, Beta2 = 0.98 },
        Data = new WorldData { Scenes = 64, HeldOut = 2 },
        Model = Model(32, 64, 2, 2, 32, 1, 2),
    };

    private static JsonElement Model(int width, int inner, int layers, int heads, int imageWidth, int imageLayers, int imageHeads)
    {
        using JsonDocument document = JsonDocument.Parse($$"""
            {
              "architectures": ["LlavaNextForConditionalGeneration"],
              "image_grid_pinpoints": {{Canvases}},
              "image_token_index": {{LanguageTokenizer.ImageToken}},
              "model_type": "llava_next",
              "pad_token_id": {{LanguageTokenizer.PadToken}},
              "projector_hidden_act": "gelu",
              "text_config": {
                "hidden_size": {{width}}, "intermediate_size": {{inner}}, "max_position_embeddings": 4096, "model_type": "mistral", "num_attention_heads": {{heads}},
                "num_hidden_layers": {{layers}}, "num_key_value_heads": {{heads}}, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "sliding_window": null,
                "vocab_size": {{LanguageTokenizer.PadToken + 1}}
              },
              "tie_word_embeddings": true,
              "vision_config": {
                "hidden_act": "quick_gelu", "hidden_size": {{imageWidth}}, "image_size": 64, "intermediate_size": {{4 * imageWidth}}, "model_type": "clip_vision_model",
                "num_attention_heads": {{imageHeads}}, "num_hidden_layers": {{imageLayers}}, "patch_size": 8, "projection_dim": {{imageWidth}}
              },
              "vision_feature_layer": -1,
              "vision_feature_select_strategy": "default"
            }
            """);
        return document.RootElement.Clone();
    }
}
