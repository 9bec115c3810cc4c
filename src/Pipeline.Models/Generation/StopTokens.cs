using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Generation;

/// <summary>Where a model says how its texts end: <c>generation_config.json</c> first, the text configuration otherwise.</summary>
public static class StopTokens
{
    /// <summary>The end tokens: a number or a list under <c>eos_token_id</c>.</summary>
    /// <param name="directory">Model directory.</param>
    /// <param name="textConfig">Configuration of the language model.</param>
    /// <param name="classDefault">End token of the model class, where neither file names one.</param>
    public static IReadOnlySet<int> Read(string directory, ModelConfig textConfig, int classDefault)
    {
        var path = Path.Combine(directory, "generation_config.json");
        if (File.Exists(path))
        {
            var generation = ModelConfig.Read(path);
            if (generation.Has("eos_token_id"))
            {
                return generation.Ints("eos_token_id").ToHashSet();
            }
        }

        return Own(textConfig, classDefault);
    }

    /// <summary>The padding token, by the same precedence; <paramref name="config"/> is the whole configuration.</summary>
    public static int ReadPad(string directory, ModelConfig config, int classDefault)
    {
        var path = Path.Combine(directory, "generation_config.json");
        var sources = new List<ModelConfig> { config, config.Sub("text_config") };
        if (File.Exists(path))
        {
            sources.Insert(0, ModelConfig.Read(path));
        }

        return sources.FirstOrDefault(source => source.Has("pad_token_id"))?.Int("pad_token_id") ?? classDefault;
    }

    private static HashSet<int> Own(ModelConfig textConfig, int classDefault) => [.. textConfig.Ints("eos_token_id", [classDefault])];
}
