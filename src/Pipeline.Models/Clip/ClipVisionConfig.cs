using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Clip;

/// <summary>Configuration of the CLIP image tower (<c>model_type: clip_vision_model</c>); defaults are the class defaults that nested files leave out.</summary>
public sealed record ClipVisionConfig
{
    /// <summary>The common sizes.</summary>
    public ClipTowerConfig Tower { get; init; } = new(768, 3072, 12, 12);

    /// <summary>Side of the square input, in pixels.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Side of a patch, in pixels.</summary>
    public int PatchSize { get; init; } = 32;

    /// <summary>Colour channels.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Width of the joint embedding.</summary>
    public int Projection { get; init; } = 512;

    /// <summary>Patches along one side of the image.</summary>
    public int Grid => ImageSize / PatchSize;

    /// <summary>ViT-L/14 at 336 pixels: what a LLaVA-NeXT configuration without <c>vision_config</c> means.</summary>
    public static ClipVisionConfig LargePatch14At336 { get; } = new()
    {
        Tower = new ClipTowerConfig(1024, 4096, 24, 16),
        ImageSize = 336,
        PatchSize = 14,
        Projection = 768,
    };

    /// <summary>Reads a <c>config.json</c> of an image tower, or the <c>vision_config</c> part of one.</summary>
    /// <exception cref="ModelFormatException">The file contradicts itself.</exception>
    public static ClipVisionConfig From(ModelConfig config)
    {
        var defaults = new ClipVisionConfig();
        var read = new ClipVisionConfig
        {
            Tower = ClipTowerConfig.From(config, defaults.Tower),
            ImageSize = config.Int("image_size", defaults.ImageSize),
            PatchSize = config.Int("patch_size", defaults.PatchSize),
            Channels = config.Int("num_channels", defaults.Channels),
            Projection = config.Int("projection_dim", defaults.Projection),
        };
        ModelLimits.Require(read.PatchSize > 0 && read.ImageSize >= read.PatchSize && read.Channels > 0 && read.Projection > 0, config,
            $"image_size {read.ImageSize}, patch_size {read.PatchSize}, num_channels {read.Channels} or projection_dim {read.Projection} is out of range");
        return read;
    }
}
