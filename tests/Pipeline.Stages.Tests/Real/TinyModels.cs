using Pipeline.Models.Checkpoints;
using Pipeline.Models.Classification;
using Pipeline.Models.Dino;
using Pipeline.Models.Layers;
using Pipeline.Models.Lpips;
using Pipeline.Models.Lpips.Building;
using Pipeline.TestKit;

namespace Pipeline.Stages.Tests.Real;

/// <summary>A model folder of tiny random networks from the reference cases; the diffusion model's folder holds only what is read of it outside the model itself.</summary>
internal static class TinyModels
{
    public static string Create(string root)
    {
        Copy("llava_next_mistral", Path.Combine(root, "a"));
        Copy("blip2_opt", Path.Combine(root, "b"));
        Copy("clip_gelu", Path.Combine(root, "c"));
        Copy("dino_vits8", Path.Combine(root, "d"));
        string diffusion = Path.Combine(root, "e");
        Copy("clip_gelu", Path.Combine(diffusion, "tokenizer"));
        File.Delete(Path.Combine(diffusion, "tokenizer", "config.json"));
        File.Delete(Path.Combine(diffusion, "tokenizer", "model.safetensors"));
        Directory.CreateDirectory(Path.Combine(diffusion, "text_encoder"));
        File.WriteAllText(Path.Combine(diffusion, "text_encoder", "config.json"), """{"model_type":"clip_text_model","max_position_embeddings":16}""");
        File.WriteAllText(Path.Combine(diffusion, "model_index.json"), """{"_class_name":"ToyPipeline"}""");
        Perceptual(Path.Combine(root, "f"));
        Classifier(Path.Combine(root, "g"));
        return root;
    }

    private static void Perceptual(string folder)
    {
        Directory.CreateDirectory(folder);
        LpipsConfig config = new() { Backbone = LpipsBackbone.Alex, Channels = [4, 4, 4, 4, 4] };
        using RecordedWeights weights = new(new RandomWeights(1, nonTrivial: true));
        using LpipsModel model = new(weights, config);
        weights.Write(Path.Combine(folder, "model.safetensors"));
        LpipsConversion.Write(config, folder);
    }

    private static void Classifier(string folder)
    {
        Directory.CreateDirectory(folder);
        using RecordedWeights weights = new(new RandomWeights(2, nonTrivial: true));
        VitConfig vision = new() { Hidden = 8, Intermediate = 8, Layers = 1, Heads = 2, ImageSize = 16, PatchSize = 8 };
        using ViTForImageClassification model = new(weights, new VitClassifierConfig(vision, ["joy", "sadness", "fear"], false));
        weights.Write(Path.Combine(folder, "model.safetensors"));
        File.WriteAllText(Path.Combine(folder, "config.json"), """
            {
              "architectures": ["ViTForImageClassification"], "model_type": "vit", "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
              "image_size": 16, "patch_size": 8, "id2label": {"0": "joy", "1": "sadness", "2": "fear"}
            }
            """);
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), """
            {"image_processor_type": "ViTImageProcessor", "size": {"height": 16, "width": 16}, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
            """);
    }

    private static void Copy(string fixture, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Fixtures.Path("goldens", "transformers", fixture)))
        {
            string name = Path.GetFileName(file);
            if (name is not ("inputs.safetensors" or "expected.safetensors" or "meta.json") && !name.EndsWith(".png", StringComparison.Ordinal))
            {
                File.Copy(file, Path.Combine(folder, name));
            }
        }
    }
}
