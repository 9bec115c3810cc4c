using Pipeline.Models.Layers;
using static TorchSharp.torch;
using Modules = TorchSharp.Modules;

namespace Pipeline.Models.StableDiffusion;

/// <summary>One level of the expanding path: per layer the last skip is joined, then a residual block and, where the level has attention, a transformer; then the upsampling.</summary>
public sealed class UNetUpBlock : nn.Module
{
    private readonly string _name;
    private readonly Modules.ModuleList<Transformer2DModel> attentions;
    private readonly Modules.ModuleList<ResnetBlock2D> resnets;
    private readonly Modules.ModuleList<Upsample2D> upsamplers;

    /// <summary>Takes the weights from <paramref name="w"/> and adds its attention sites to <paramref name="sites"/>.</summary>
    /// <param name="w">Weights of this block.</param>
    /// <param name="sites">Where it lies.</param>
    /// <param name="index">Index of the block, 0 at the lowest resolution.</param>
    /// <param name="config">The model's configuration.</param>
    public UNetUpBlock(WeightSource w, AttentionSiteBuilder sites, int index, UNetConfig config)
        : base(nameof(UNetUpBlock))
    {
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(sites);
        ArgumentNullException.ThrowIfNull(config);
        _name = sites.Name;
        int levels = config.Levels.Count;
        UNetLevel level = config.Levels[levels - 1 - index];
        int below = config.Levels[Math.Min(levels - index, levels - 1)].Channels;       // what comes up from the level below
        int above = config.Levels[Math.Max(levels - 2 - index, 0)].Channels;            // the skip taken before this level's first down layer
        resnets = new Modules.ModuleList<ResnetBlock2D>();
        attentions = new Modules.ModuleList<Transformer2DModel>();
        upsamplers = new Modules.ModuleList<Upsample2D>();
        ResnetOptions resnet = config.Resnet();
        TransformerOptions transformer = config.Transformer(level, config.UpTransformerLayers[index]);
        for (int j = 0; j <= level.Layers; j++)
        {
            int hidden = j == 0 ? below : level.Channels;
            int skip = j == level.Layers ? above : level.Channels;
            resnets.Add(new ResnetBlock2D(w.Sub($"resnets.{j}"), $"{_name}.resnets.{j}", hidden + skip, level.Channels, resnet));
            if (config.UpAttention[index])
            {
                attentions.Add(new Transformer2DModel(w.Sub($"attentions.{j}"), sites.Sub($"attentions.{j}"), level.Channels, transformer));
            }
        }

        if (index < levels - 1)
        {
            upsamplers.Add(new Upsample2D(w.Sub("upsamplers.0"), level.Channels));
        }

        RegisterComponents();
    }

    /// <summary>
    /// The block's parts in order, [B, below, H, W] to [B, C, size of the next skip]: one a layer, then the upsampling. Layers take their skips from the stack; they and the hidden state are disposed as soon as they are
    /// used.
    /// </summary>
    internal IEnumerable<UNetSegment> Segments()
    {
        for (int j = 0; j < resnets.Count; j++)
        {
            (int layer, bool last) = (j, j == resnets.Count - 1 && upsamplers.Count == 0);
            yield return new UNetSegment(attentions.Count > 0, (hidden, call, skips) =>
            {
                Tensor output = Layer(layer, Join(hidden, skips.Pop()), call);
                return last ? call.Tap(_name, output) : output;
            });
        }

        if (upsamplers.Count > 0)
        {
            yield return new UNetSegment(false, (hidden, call, skips) =>
            {
                // The next skip's size is twice this one, or one less where the down path met an odd size.
                Tensor next = skips.Peek();
                using Tensor small = hidden;
                return call.Tap(_name, upsamplers[0].Forward(small, next.shape[2], next.shape[3]));
            });
        }
    }

    // [B, hidden, H, W] and [B, skip, H, W] -> [B, hidden + skip, H, W]
    private static Tensor Join(Tensor hidden, Tensor skip)
    {
        using (hidden)
        using (skip)
        {
            return cat([hidden, skip], 1);
        }
    }

    private Tensor Layer(int j, Tensor joined, UNetCall call)
    {
        using (joined)
        {
            if (attentions.Count == 0)
            {
                return resnets[j].Forward(joined, call);
            }

            using Tensor convolved = resnets[j].Forward(joined, call);
            return attentions[j].Forward(convolved, call);
        }
    }
}
