using System.Text.Json;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Captioning;

/// <summary>Configurations of the tiny world's BLIP-2.</summary>
public static class CaptionRecipes
{
    /// <summary>Largest ratio of the last losses of <see cref="Smoke"/> to its first ones that passes.</summary>
    public const double SmokeMargin = 0.6;

    /// <summary>What its <c>generation_config.json</c> says: OPT's own tokens.</summary>
    internal const string Generation = """
        {
          "bos_token_id": 2,
          "eos_token_id": 2,
          "pad_token_id": 1
        }

        """;

    /// <summary>The shipped one; its image tower starts from the trained CLIP's (<c>--base clip=DIR</c>).</summary>
    public static TrainingConfig Full => new()
    {
        System = CaptionTask.System,
        Seed = 4,
        Steps = 6_000,
        Batch = 24,
        Average = 0.998,
        CheckpointEvery = 500,
        Optimiser = new OptimiserConfig { Rate = 1.5e-3, FloorRate = 1e-5, WarmUp = 200, Beta2 = 0.98, WeightDecay = 0.02 },
        Data = new WorldData { Scenes = 150_000, HeldOut = 256 },
        Model = Model(64, 4, 4, 64, 2, 12, 96, 3),
    };

    /// <summary>Seconds on one core. For tests of the trainer, not for use.</summary>
    public static TrainingConfig Smoke => Full with
    {
        Steps = 60,
        Batch = 8,
        Average = 0.9,
        CheckpointEvery = 30,
        Optimiser = new OptimiserConfig { Rate = 5e-3, FloorRate = 1e-3, WarmUp = 5, Beta2 = 0.98 },
        Data = new WorldData { Scenes = 128, HeldOut = 8 },
        Model = Model(32, 1, 2, 32, 1, 4, 32, 1),
    };

    private static JsonElement Model(int imageWidth, int imageLayers, int heads, int queryWidth, int queryLayers, int queries, int width, int layers)
    {
        using JsonDocument document = JsonDocument.Parse($$"""
            {
              "architectures": ["Blip2ForConditionalGeneration"],
              "model_type": "blip-2",
              "num_query_tokens": {{queries}},
              "qformer_config": {
                "cross_attention_frequency": 1, "encoder_hidden_size": {{imageWidth}}, "hidden_size": {{queryWidth}}, "intermediate_size": {{4 * queryWidth}},
                "model_type": "blip_2_qformer", "num_attention_heads": {{heads}}, "num_hidden_layers": {{queryLayers}}
              },
              "text_config": {
                "bos_token_id": 2, "eos_token_id": 2, "ffn_dim": {{4 * width}}, "hidden_size": {{width}}, "max_position_embeddings": 128, "model_type": "opt",
                "num_attention_heads": {{heads}}, "num_hidden_layers": {{layers}}, "pad_token_id": 1, "vocab_size": {{CaptionTokenizer.Shared.VocabularySize}},
                "word_embed_proj_dim": {{width}}
              },
              "use_decoder_only_language_model": true,
              "vision_config": {
                "hidden_act": "quick_gelu", "hidden_size": {{imageWidth}}, "image_size": 64, "intermediate_size": {{4 * imageWidth}}, "layer_norm_eps": 1e-05,
                "model_type": "blip_2_vision_model", "num_attention_heads": {{heads}}, "num_hidden_layers": {{imageLayers}}, "patch_size": 8
              }
            }
            """);
        return document.RootElement.Clone();
    }
}
