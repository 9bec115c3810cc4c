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
        File.WriteAllText(Path.Combine(diffusion, "text_encoder", "config.json"), """{"max_position_embeddings":16}""");
        File.WriteAllText(Path.Combine(diffusion, "model_index.json"), """{"_class_name":"ToyPipeline"}""");
        return root;
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
