namespace Pipeline.Models.Checkpoints;

/// <summary>Bounds that every configuration is held to before a size of it is used: model directories are untrusted input.</summary>
internal static class ModelLimits
{
    /// <summary>More layers than any published network of this project has, by an order of magnitude.</summary>
    public const int MaxLayers = 1024;

    /// <summary>Refuses a configuration.</summary>
    /// <exception cref="ModelFormatException"><paramref name="condition"/> does not hold; the message starts with the file's name.</exception>
    public static void Require(bool condition, ModelConfig config, string problem)
    {
        if (!condition)
        {
            throw new ModelFormatException($"{config.Path}: {problem}. Check that the file belongs to this model.");
        }
    }
}
