using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;

namespace Pipeline.Models.Blip2;

/// <summary>Configuration of BLIP-2's image tower (<c>model_type: blip_2_vision_model</c>); defaults are the class defaults: EVA ViT-g/14.</summary>
public sealed record Blip2VisionConfig
{
    /// <summary>The sizes it has in common with CLIP's towers.</summary>
    public ClipTowerConfig Tower { get; init; } = new(1408, 6144, 39, 16, "gelu", 1e-6);

    /// <summary>Side of the square input, in pixels.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Side of a patch, in pixels.</summary>
    public int PatchSize { get; init; } = 14;

    /// <summary>Whether the fused projection has a bias.</summary>
    public bool ProjectionBias { get; init; } = true;

    /// <summary>Patches along one side of the image.</summary>
    public int Grid => ImageSize / PatchSize;

    /// <summary>Reads a <c>vision_config</c>.</summary>
    /// <exception cref="ModelFormatException">The part contradicts itself.</exception>
    public static Blip2VisionConfig From(ModelConfig config)
    {
        var d = new Blip2VisionConfig();
        var read = new Blip2VisionConfig
        {
            Tower = ClipTowerConfig.From(config, d.Tower),
            ImageSize = config.Int("image_size", d.ImageSize),
            PatchSize = config.Int("patch_size", d.PatchSize),
            ProjectionBias = config.Bool("qkv_bias", d.ProjectionBias),
        };
        ModelLimits.Require(read.PatchSize > 0 && read.ImageSize >= read.PatchSize, config,
            $"image_size {read.ImageSize} or patch_size {read.PatchSize} is out of range");
        return read;
    }
}
