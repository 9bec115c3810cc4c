using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;
using Modules = TorchSharp.Modules;

namespace Pipeline.Models.StableDiffusion;

/// <summary>The autoencoder's lowest resolution: residual block, attention, residual block.</summary>
public sealed class AutoencoderMidBlock : nn.Module
{
    private readonly Modules.ModuleList<AutoencoderAttention> attentions;
    private readonly Modules.ModuleList<ResnetBlock2D> resnets;

    /// <summary>Takes the weights from <paramref name="w"/>.</summary>
    public AutoencoderMidBlock(WeightSource w, int channels, ResnetOptions options)
        : base(nameof(AutoencoderMidBlock))
    {
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(options);
        attentions = new Modules.ModuleList<AutoencoderAttention>(new AutoencoderAttention(w.Sub("attentions.0"), channels, options.Groups, options.Epsilon));
        resnets = new Modules.ModuleList<ResnetBlock2D>(
            new ResnetBlock2D(w.Sub("resnets.0"), "resnets.0", channels, channels, options),
            new ResnetBlock2D(w.Sub("resnets.1"), "resnets.1", channels, channels, options));
        RegisterComponents();
    }

    /// <summary>[B, C, H, W] to [B, C, H, W]; the result is the caller's. The probe is offered <c>attentions.0</c>.</summary>
    public Tensor Forward(Tensor input, ProbeScope probe = default)
    {
        using Tensor first = resnets[0].Forward(input);
        using Tensor attended = attentions[0].call(first);
        probe.Record("attentions", 0, attended);
        return resnets[1].Forward(attended);
    }
}
