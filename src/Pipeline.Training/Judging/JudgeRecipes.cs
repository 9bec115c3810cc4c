using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Models.Classification;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Judging;

/// <summary>Configurations of the tiny world's judge.</summary>
public static class JudgeRecipes
{
    /// <summary>Largest ratio of the last losses of <see cref="Smoke"/> to its first ones that passes.</summary>
    public const double SmokeMargin = 0.75;

    /// <summary>The shipped one: 0.5 M parameters, 128,000 pictures.</summary>
    public static TrainingConfig Full => new()
    {
        System = JudgeTask.System,
        Seed = 5,
        Steps = 4_000,
        Batch = 32,
        Average = 0.995,
        CheckpointEvery = 250,
        Optimiser = new OptimiserConfig { Rate = 1.5e-3, FloorRate = 1e-5, WarmUp = 100, Beta2 = 0.98, WeightDecay = 0.02 },
        Data = new WorldData { Scenes = 200_000, HeldOut = 512 },
        Model = Model(96, 4, 4),
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
        Model = Model(32, 2, 2),
    };

    private static JsonElement Model(int width, int heads, int layers)
    {
        JsonObject labels = new(WorldLabels.All.Select((l, i) => KeyValuePair.Create(i.ToString(System.Globalization.CultureInfo.InvariantCulture), (JsonNode?)l)));
        JsonObject numbers = new(WorldLabels.All.Select((l, i) => KeyValuePair.Create(l, (JsonNode?)i)));
        JsonObject model = new()
        {
            ["architectures"] = new JsonArray(VitClassifierConfig.Architecture),
            ["hidden_act"] = "gelu",
            ["hidden_size"] = width,
            ["id2label"] = labels,
            ["image_size"] = 64,
            ["intermediate_size"] = 4 * width,
            ["label2id"] = numbers,
            ["layer_norm_eps"] = 1e-6,
            ["model_type"] = "vit",
            ["num_attention_heads"] = heads,
            ["num_channels"] = 3,
            ["num_hidden_layers"] = layers,
            ["patch_size"] = 8,
            ["problem_type"] = "multi_label_classification",
            ["qkv_bias"] = true,
        };
        return JsonSerializer.SerializeToElement(model);
    }
}
