using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;
using Modules = TorchSharp.Modules;

namespace Pipeline.Models.StableDiffusion;

/// <summary>Latent to image.</summary>
public sealed class AutoencoderDecoder : nn.Module
{
    private readonly AutoencoderConfig _config;
    private readonly Conv2d conv_in;
    private readonly AutoencoderMidBlock mid_block;
    private readonly Modules.ModuleList<AutoencoderLevel> up_blocks;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;

    /// <summary>Takes the weights from <paramref name="w"/>.</summary>
    public AutoencoderDecoder(WeightSource w, AutoencoderConfig config)
        : base(nameof(AutoencoderDecoder))
    {
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        ResnetOptions options = AutoencoderKL.Resnet(config);
        int[] channels = [.. config.Channels.Reverse()];
        conv_in = new Conv2d(w.Sub("conv_in"), config.LatentChannels, channels[0], 3, 1, 1);
        mid_block = new AutoencoderMidBlock(w.Sub("mid_block"), channels[0], options);
        up_blocks = new Modules.ModuleList<AutoencoderLevel>(channels.Select((c, i) => new AutoencoderLevel(
            w.Sub($"up_blocks.{i}"), channels[Math.Max(i - 1, 0)], c, config.Layers + 1,
            i < channels.Length - 1 ? AutoencoderResampling.Up : AutoencoderResampling.None, options)).ToArray());
        conv_norm_out = new GroupNorm(w.Sub("conv_norm_out"), config.NormGroups, channels[^1], options.Epsilon);
        conv_out = new Conv2d(w.Sub("conv_out"), channels[^1], config.OutChannels, 3, 1, 1);
        RegisterComponents();
    }

    /// <summary>[B, latent, h, w] to [B, 3, h·f, w·f]; the result is the caller's. The probe is offered the outputs of all parts under their checkpoint names.</summary>
    public Tensor Forward(Tensor input, ProbeScope probe = default)
    {
        using Tensor entered = conv_in.call(input);
        probe.Record("conv_in", entered);
        Tensor hidden = mid_block.Forward(entered, probe.Sub("mid_block"));
        probe.Record("mid_block", hidden);
        for (int i = 0; i < up_blocks.Count; i++)
        {
            using Tensor previous = hidden;
            hidden = up_blocks[i].call(previous);
            probe.Record("up_blocks", i, hidden);
        }

        using Tensor highest = hidden;
        using Tensor active = Activations.Consume(_config.Activation, conv_norm_out.call(highest));
        Tensor image = conv_out.call(active);
        probe.Record("conv_out", image);
        return image;
    }
}
