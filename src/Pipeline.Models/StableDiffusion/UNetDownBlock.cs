using Pipeline.Models.Layers;
using static TorchSharp.torch;
using Modules = TorchSharp.Modules;

namespace Pipeline.Models.StableDiffusion;

/// <summary>One level of the contracting path: residual blocks, a transformer after each where the level has attention, then the downsampling.</summary>
public sealed class UNetDownBlock : nn.Module
{
    private readonly string _name;
    private readonly Modules.ModuleList<ResnetBlock2D> resnets;
    private readonly Modules.ModuleList<Transformer2DModel> attentions;
    private readonly Modules.ModuleList<Downsample2D> downsamplers;

    /// <summary>Takes the weights from <paramref name="w"/> and adds its attention sites to <paramref name="sites"/>.</summary>
    /// <param name="w">Weights of this block.</param>
    /// <param name="sites">Where it lies.</param>
    /// <param name="inChannels">Channels of the level above.</param>
    /// <param name="level">This level.</param>
    /// <param name="last">Whether it is the lowest, which does not downsample.</param>
    /// <param name="config">The model's configuration.</param>
    public UNetDownBlock(WeightSource w, AttentionSiteBuilder sites, int inChannels, UNetLevel level, bool last, UNetConfig config)
        : base(nameof(UNetDownBlock))
    {
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(sites);
        ArgumentNullException.ThrowIfNull(level);
        ArgumentNullException.ThrowIfNull(config);
        _name = sites.Name;
        resnets = new Modules.ModuleList<ResnetBlock2D>();
        attentions = new Modules.ModuleList<Transformer2DModel>();
        downsamplers = new Modules.ModuleList<Downsample2D>();
        ResnetOptions resnet = config.Resnet();
        for (int j = 0; j < level.Layers; j++)
        {
            resnets.Add(new ResnetBlock2D(w.Sub($"resnets.{j}"), $"{_name}.resnets.{j}", j == 0 ? inChannels : level.Channels, level.Channels, resnet));
            if (level.HasAttention)
            {
                attentions.Add(new Transformer2DModel(w.Sub($"attentions.{j}"), sites.Sub($"attentions.{j}"), level.Channels, config.Transformer(level, level.TransformerLayers)));
            }
        }

        if (!last)
        {
            downsamplers.Add(new Downsample2D(w.Sub("downsamplers.0"), level.Channels, config.DownsamplePadding));
        }

        RegisterComponents();
    }

    /// <summary>
    /// The block's parts in order, [B, in, H, W] to [B, C, H/2, W/2] (or the same size on the lowest level): one a layer, then the downsampling. Every part's output is pushed on the skips; what the last one returns
    /// is the same, or the control's replacement for the block's output.
    /// </summary>
    internal IEnumerable<UNetSegment> Segments()
    {
        for (int j = 0; j < resnets.Count; j++)
        {
            (int layer, bool last) = (j, j == resnets.Count - 1 && downsamplers.Count == 0);
            yield return new UNetSegment(attentions.Count > 0, (hidden, call, skips) => Put(Layer(layer, hidden, call), call, skips, last));
        }

        if (downsamplers.Count > 0)
        {
            yield return new UNetSegment(false, (hidden, call, skips) => Put(downsamplers[0].call(hidden), call, skips, true));
        }
    }

    private Tensor Put(Tensor output, UNetCall call, Stack<Tensor> skips, bool last)
    {
        skips.Push(output);
        return last ? call.Tap(_name, output) : output;
    }

    private Tensor Layer(int j, Tensor hidden, UNetCall call)
    {
        if (attentions.Count == 0)
        {
            return resnets[j].Forward(hidden, call);
        }

        using Tensor convolved = resnets[j].Forward(hidden, call);
        return attentions[j].Forward(convolved, call);
    }
}
