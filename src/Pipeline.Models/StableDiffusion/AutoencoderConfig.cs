using System.Text.Json;
using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.StableDiffusion;

/// <summary>The configuration of an autoencoder as diffusers stores it (<c>vae/config.json</c>).</summary>
public sealed record AutoencoderConfig
{
    private const int MostLevels = 12;

    /// <summary>Channels of the image.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Channels of the decoded image.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Channels of the latent.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Channels a level, from the highest resolution down.</summary>
    public IReadOnlyList<int> Channels { get; init; } = [128, 256, 512, 512];

    /// <summary>Residual blocks a level in the encoder; the decoder has one more.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Groups of the normalisations.</summary>
    public int NormGroups { get; init; } = 32;

    /// <summary>Activation.</summary>
    public string Activation { get; init; } = "silu";

    /// <summary>Latents are multiplied by this after encoding and divided by it before decoding.</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>Whether the autoencoder must run in single precision even where the rest of the model does not.</summary>
    public bool ForceUpcast { get; init; } = true;

    /// <summary>Image pixels per latent pixel along a side.</summary>
    public int Factor => 1 << (Channels.Count - 1);

    /// <summary>Reads and checks a configuration.</summary>
    /// <exception cref="ModelFormatException">A key has the wrong form or asks for what is not implemented.</exception>
    public static AutoencoderConfig Read(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Refuse(config);
        AutoencoderConfig defaults = new();
        int[] channels = config.Ints("block_out_channels", [64]);
        if (channels.Length is 0 or > MostLevels || channels.Any(c => c is < 1 or > 65536))
        {
            throw config.Wrong("block_out_channels", $"a list of 1 to {MostLevels} positive channel counts");
        }

        RequireTypes(config, "down_block_types", "DownEncoderBlock2D", channels.Length);
        RequireTypes(config, "up_block_types", "UpDecoderBlock2D", channels.Length);
        double scaling = config.Double("scaling_factor", defaults.ScalingFactor);
        return new AutoencoderConfig
        {
            InChannels = Positive(config, "in_channels", 3),
            OutChannels = Positive(config, "out_channels", 3),
            LatentChannels = Positive(config, "latent_channels", 4),
            Channels = channels,
            Layers = Positive(config, "layers_per_block", 1),
            NormGroups = Positive(config, "norm_num_groups", 32),
            Activation = UNetConfigReader.ActivationOf(config),
            ScalingFactor = scaling > 0 ? scaling : throw config.Wrong("scaling_factor", "a positive number"),
            ForceUpcast = config.Bool("force_upcast", true),
        };
    }

    private static void Refuse(ModelConfig config)
    {
        foreach (string key in (string[])["shift_factor", "latents_mean", "latents_std"])
        {
            if (config.Has(key))
            {
                throw new ModelFormatException($"{config.Path}: {key} is not implemented: this is not an autoencoder of the Stable Diffusion 1, 2 or XL family");
            }
        }

        foreach (string key in (string[])["use_quant_conv", "use_post_quant_conv", "mid_block_add_attention"])
        {
            if (config.Find(key) is { ValueKind: JsonValueKind.False })
            {
                throw new ModelFormatException($"{config.Path}: {key} = false is not implemented: this is not an autoencoder of the Stable Diffusion 1, 2 or XL family");
            }
        }
    }

    private static void RequireTypes(ModelConfig config, string key, string type, int levels)
    {
        string[] types = config.Strings(key, [.. Enumerable.Repeat(type, levels)]);
        if (types.Length != levels || types.Any(t => t != type))
        {
            throw config.Wrong(key, $"{levels} times {type}, as many as block_out_channels");
        }
    }

    private static int Positive(ModelConfig config, string key, int fallback) =>
        config.Int(key, fallback) is var value and >= 1 and <= 65536 ? value : throw config.Wrong(key, "a positive number");
}
