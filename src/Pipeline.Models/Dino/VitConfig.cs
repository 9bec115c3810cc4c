using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Dino;

/// <summary>Configuration of a plain vision transformer (<c>model_type: vit</c>); defaults are the class defaults.</summary>
public sealed record VitConfig
{
    /// <summary>Width of the residual stream.</summary>
    public int Hidden { get; init; } = 768;

    /// <summary>Width inside the MLP.</summary>
    public int Intermediate { get; init; } = 3072;

    /// <summary>Number of transformer layers.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Side of the native input, in pixels; the position table belongs to it.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Side of a patch, in pixels.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Colour channels.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Name of the MLP's activation.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>Epsilon of every layer norm: 1e-12 in converted configurations, 1e-6 in the original DINO code.</summary>
    public double Epsilon { get; init; } = 1e-12;

    /// <summary>Whether query, key and value projections have a bias.</summary>
    public bool ProjectionBias { get; init; } = true;

    /// <summary>Patches along one side of the native input.</summary>
    public int Grid => ImageSize / PatchSize;

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="ModelFormatException">The file contradicts itself or is of another model.</exception>
    public static VitConfig From(ModelConfig config)
    {
        if (config.String("model_type", "") is not "vit" and var other)
        {
            throw ModelKinds.Unexpected(config, other, "vit");
        }

        var d = new VitConfig();
        var read = new VitConfig
        {
            Hidden = config.Int("hidden_size", d.Hidden),
            Intermediate = config.Int("intermediate_size", d.Intermediate),
            Layers = config.Int("num_hidden_layers", d.Layers),
            Heads = config.Int("num_attention_heads", d.Heads),
            ImageSize = config.Int("image_size", d.ImageSize),
            PatchSize = config.Int("patch_size", d.PatchSize),
            Channels = config.Int("num_channels", d.Channels),
            Activation = config.String("hidden_act", d.Activation),
            Epsilon = config.Double("layer_norm_eps", d.Epsilon),
            ProjectionBias = config.Bool("qkv_bias", d.ProjectionBias),
        };
        ModelLimits.Require(read.Hidden > 0 && read.Heads > 0 && read.Hidden % read.Heads == 0, config,
            $"hidden_size {read.Hidden} is not a positive multiple of num_attention_heads {read.Heads}");
        ModelLimits.Require(read.Intermediate > 0 && read.Layers is > 0 and <= ModelLimits.MaxLayers, config,
            $"intermediate_size {read.Intermediate} or num_hidden_layers {read.Layers} is out of range");
        ModelLimits.Require(read.PatchSize > 0 && read.ImageSize >= read.PatchSize && read.Channels > 0, config,
            $"image_size {read.ImageSize}, patch_size {read.PatchSize} or num_channels {read.Channels} is out of range");
        return read;
    }
}
