using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>
/// The autoencoder of latent diffusion: Rombach et al. 2021, arXiv 2112.10752, section 3.1 and appendix G. Keys, shapes and numbers are those of diffusers' AutoencoderKL; attention keys
/// from before diffusers 0.15 and attention stored as 1x1 convolutions are accepted.
/// </summary>
public sealed class AutoencoderKL : nn.Module
{
    private const double NormEpsilon = 1e-6;
    private readonly AutoencoderEncoder encoder;
    private readonly AutoencoderDecoder decoder;
    private readonly Conv2d quant_conv;
    private readonly Conv2d post_quant_conv;

    /// <summary>Builds the network over the weights of <paramref name="w"/>.</summary>
    /// <exception cref="ModelFormatException">The weights do not fit the configuration.</exception>
    public AutoencoderKL(WeightSource w, AutoencoderConfig config)
        : base(nameof(AutoencoderKL))
    {
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        long latent = config.LatentChannels;
        encoder = new AutoencoderEncoder(w.Sub("encoder"), config);
        decoder = new AutoencoderDecoder(w.Sub("decoder"), config);
        quant_conv = new Conv2d(w.Sub("quant_conv"), 2 * latent, 2 * latent, 1);
        post_quant_conv = new Conv2d(w.Sub("post_quant_conv"), latent, latent, 1);
        (Device, Dtype) = (w.Device, w.Dtype);
        RegisterComponents();
    }

    /// <summary>The configuration.</summary>
    public AutoencoderConfig Config { get; }

    /// <summary>Where the weights live, and where inputs must.</summary>
    public Device Device { get; }

    /// <summary>Type of the weights and inputs.</summary>
    public ScalarType Dtype { get; }

    /// <summary>Loads a folder with <c>config.json</c> and weights; single precision where the configuration says force_upcast, whatever the options ask for.</summary>
    /// <exception cref="ModelFormatException">The folder holds something else.</exception>
    public static AutoencoderKL Load(string directory, WeightOptions? options = null)
    {
        AutoencoderConfig config = AutoencoderConfig.Read(ModelConfig.Read(Path.Combine(directory, "config.json")));
        WeightOptions wanted = options ?? new WeightOptions();
        using CheckpointWeights weights = CheckpointDirectory.Open(
            directory, CheckpointDirectory.Diffusers, config.ForceUpcast ? wanted with { Dtype = ScalarType.Float32 } : wanted);
        AutoencoderKL model = new(weights, config);
        model.eval();
        return model;
    }

    /// <summary>Encodes images [B, 3, H, W] in −1..1, H and W multiples of <see cref="AutoencoderConfig.Factor"/>, to unscaled latents [B, latent, H/f, W/f].</summary>
    /// <param name="image">The images.</param>
    /// <param name="probe">Collects the outputs of the encoder's parts, as <c>encoder.mid_block</c>.</param>
    /// <returns>The distribution, the caller's.</returns>
    /// <exception cref="ArgumentException">The image has another shape.</exception>
    public LatentDistribution Encode(Tensor image, ActivationProbe? probe = null)
    {
        Require(image, Config.InChannels, Config.Factor, nameof(image));
        using Tensor encoded = encoder.Forward(image, ((ProbeScope)probe).Sub("encoder"));
        using Tensor moments = quant_conv.call(encoded);        // [B, 2·latent, H/f, W/f]
        return new LatentDistribution(moments);
    }

    /// <summary>Decodes unscaled latents [B, latent, h, w] to images [B, 3, h·f, w·f] of about −1..1, not clamped; the caller's.</summary>
    /// <param name="latent">The latents.</param>
    /// <param name="probe">Collects the outputs of the decoder's parts, as <c>decoder.up_blocks.0</c>.</param>
    /// <exception cref="ArgumentException">The latent has another shape.</exception>
    public Tensor Decode(Tensor latent, ActivationProbe? probe = null)
    {
        Require(latent, Config.LatentChannels, 1, nameof(latent));
        using Tensor entered = post_quant_conv.call(latent);
        return decoder.Forward(entered, ((ProbeScope)probe).Sub("decoder"));
    }

    /// <summary>The latents that the denoiser works on: mean · scaling factor, without sampling, so that the same image always gives the same; the caller's.</summary>
    public Tensor ToLatent(Tensor image)
    {
        using LatentDistribution distribution = Encode(image);
        return distribution.Mean * Config.ScalingFactor;
    }

    /// <summary>The images of the denoiser's latents, which are divided by the scaling factor first; the caller's.</summary>
    public Tensor ToImage(Tensor latent)
    {
        using Tensor unscaled = latent / Config.ScalingFactor;
        return Decode(unscaled);
    }

    internal static ResnetOptions Resnet(AutoencoderConfig config) => new(0, config.NormGroups, NormEpsilon, config.Activation);

    private static void Require(Tensor x, int channels, int multiple, string name)
    {
        ArgumentNullException.ThrowIfNull(x, name);
        if (x.ndim != 4 || x.shape[1] != channels || x.shape[2] < multiple || x.shape[3] < multiple || x.shape[2] % multiple != 0 || x.shape[3] % multiple != 0)
        {
            throw new ArgumentException($"[{string.Join(", ", x.shape)}] given; [B, {channels}, H, W] with H and W multiples of {multiple} needed", name);
        }
    }
}
