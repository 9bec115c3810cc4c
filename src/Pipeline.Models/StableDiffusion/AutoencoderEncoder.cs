using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;
using Modules = TorchSharp.Modules;

namespace Pipeline.Models.StableDiffusion;

/// <summary>Image to the moments of its latent.</summary>
public sealed class AutoencoderEncoder : nn.Module
{
    private readonly AutoencoderConfig _config;
    private readonly Conv2d conv_in;
    private readonly Modules.ModuleList<AutoencoderLevel> down_blocks;
    private readonly AutoencoderMidBlock mid_block;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;

    /// <summary>Takes the weights from <paramref name="w"/>.</summary>
    public AutoencoderEncoder(WeightSource w, AutoencoderConfig config)
        : base(nameof(AutoencoderEncoder))
    {
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        ResnetOptions options = AutoencoderKL.Resnet(config);
        IReadOnlyList<int> channels = config.Channels;
        conv_in = new Conv2d(w.Sub("conv_in"), config.InChannels, channels[0], 3, 1, 1);
        down_blocks = new Modules.ModuleList<AutoencoderLevel>(channels.Select((c, i) => new AutoencoderLevel(
            w.Sub($"down_blocks.{i}"), channels[Math.Max(i - 1, 0)], c, config.Layers,
            i < channels.Count - 1 ? AutoencoderResampling.Down : AutoencoderResampling.None, options)).ToArray());
        mid_block = new AutoencoderMidBlock(w.Sub("mid_block"), channels[^1], options);
        conv_norm_out = new GroupNorm(w.Sub("conv_norm_out"), config.NormGroups, channels[^1], options.Epsilon);
        conv_out = new Conv2d(w.Sub("conv_out"), channels[^1], 2L * config.LatentChannels, 3, 1, 1);
        RegisterComponents();
    }

    /// <summary>
    /// [B, 3, H, W] to [B, 2·latent, H/f, W/f]; the result is the caller's. The probe is offered the outputs of all parts under their checkpoint names.
    /// </summary>
    public Tensor Forward(Tensor input, ProbeScope probe = default)
    {
        Tensor hidden = conv_in.call(input);
        probe.Record("conv_in", hidden);
        for (int i = 0; i < down_blocks.Count; i++)
        {
            using Tensor previous = hidden;
            hidden = down_blocks[i].call(previous);
            probe.Record("down_blocks", i, hidden);
        }

        using Tensor deepest = hidden;
        using Tensor mixed = mid_block.Forward(deepest, probe.Sub("mid_block"));
        probe.Record("mid_block", mixed);
        using Tensor active = Activations.Consume(_config.Activation, conv_norm_out.call(mixed));
        Tensor moments = conv_out.call(active);
        probe.Record("conv_out", moments);
        return moments;
    }
}
