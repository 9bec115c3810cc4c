namespace Pipeline.Training.World;

/// <summary>How pictures of the world reach networks: 64x64, values −1..1, as <c>preprocessor_config.json</c> says it.</summary>
internal static class WorldPixels
{
    /// <summary>For vision transformers and what is built like them.</summary>
    public const string VitProcessor = """
        {
          "do_normalize": true,
          "do_rescale": true,
          "do_resize": true,
          "image_mean": [0.5, 0.5, 0.5],
          "image_processor_type": "ViTImageProcessor",
          "image_std": [0.5, 0.5, 0.5],
          "resample": 2,
          "rescale_factor": 0.00392156862745098,
          "size": {"height": 64, "width": 64}
        }

        """;
}
