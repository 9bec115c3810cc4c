using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.StableDiffusion;

/// <summary>
/// The configuration of a UNet as diffusers stores it (<c>unet/config.json</c>), checked and expanded to one value a level. Keys it does not know are ignored; a key that switches on
/// something this model does not implement is refused.
/// </summary>
public sealed record UNetConfig
{
    /// <summary>Channels of the latent, plus those of other inputs a checkpoint may have (inpainting).</summary>
    public required int InChannels { get; init; }

    /// <summary>Channels of the prediction.</summary>
    public required int OutChannels { get; init; }

    /// <summary>Side of the latent the model was trained with; 0 when the file does not say.</summary>
    public int SampleSize { get; init; }

    /// <summary>The levels from the highest resolution down.</summary>
    public required IReadOnlyList<UNetLevel> Levels { get; init; }

    /// <summary>Whether the up path has transformers, from the lowest resolution up.</summary>
    public required IReadOnlyList<bool> UpAttention { get; init; }

    /// <summary>Transformer blocks of each up level's transformers, from the lowest resolution up.</summary>
    public required IReadOnlyList<int> UpTransformerLayers { get; init; }

    /// <summary>Groups of the normalisations.</summary>
    public int NormGroups { get; init; } = 32;

    /// <summary>Epsilon of the residual blocks' normalisations.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Activation.</summary>
    public string Activation { get; init; } = "silu";

    /// <summary>Whether the timestep's cosines come before its sines.</summary>
    public bool FlipSinToCos { get; init; } = true;

    /// <summary>Shift in the timestep's frequencies.</summary>
    public double FreqShift { get; init; }

    /// <summary>Width of the time embedding.</summary>
    public required int TimeEmbeddingSize { get; init; }

    /// <summary>Width of the guidance embedding of a guidance-distilled model; 0 for others.</summary>
    public int TimeConditionSize { get; init; }

    /// <summary>Padding of the downsampling convolutions.</summary>
    public int DownsamplePadding { get; init; } = 1;

    /// <summary>Divisor of the middle block's residual blocks.</summary>
    public double MidScale { get; init; } = 1.0;

    /// <summary>Whether the input is mapped from 0..1 to −1..1.</summary>
    public bool CenterInput { get; init; }

    /// <summary>Whether transformers project with linear layers.</summary>
    public bool LinearProjection { get; init; }

    /// <summary>Whether attention scores are computed in single precision in half-precision models.</summary>
    public bool UpcastAttention { get; init; }

    /// <summary>Kernel of the first convolution.</summary>
    public int ConvInKernel { get; init; } = 3;

    /// <summary>Kernel of the last convolution.</summary>
    public int ConvOutKernel { get; init; } = 3;

    /// <summary>Channels per number of <see cref="AddedConditions.TimeIds"/>; 0 for models without added conditions.</summary>
    public int AdditionTimeEmbedSize { get; init; }

    /// <summary>Width of the pooled text embedding with all embedded time ids; 0 for models without added conditions.</summary>
    public int AdditionInputSize { get; init; }

    /// <summary>Reads and checks a configuration.</summary>
    /// <exception cref="ModelFormatException">A key is missing, contradicts another, or asks for what is not implemented.</exception>
    public static UNetConfig Read(ModelConfig config) => new UNetConfigReader(config).Read();

    internal ResnetOptions Resnet() => new(TimeEmbeddingSize, NormGroups, NormEpsilon, Activation);

    internal TransformerOptions Transformer(UNetLevel level, int layers) =>
        new(layers, level.Heads, level.ContextChannels, NormGroups, LinearProjection, UpcastAttention);
}
