using Pipeline.Models.Layers;
using static TorchSharp.torch;
using Modules = TorchSharp.Modules;

namespace Pipeline.Models.StableDiffusion;

/// <summary>The lowest resolution: residual block, transformer, residual block.</summary>
public sealed class UNetMidBlock : nn.Module
{
    private readonly string _name;
    private readonly Modules.ModuleList<Transformer2DModel> attentions;
    private readonly Modules.ModuleList<ResnetBlock2D> resnets;

    /// <summary>Takes the weights from <paramref name="w"/> and adds its attention sites to <paramref name="sites"/>.</summary>
    public UNetMidBlock(WeightSource w, AttentionSiteBuilder sites, UNetConfig config)
        : base(nameof(UNetMidBlock))
    {
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(sites);
        ArgumentNullException.ThrowIfNull(config);
        _name = sites.Name;
        UNetLevel level = config.Levels[^1];
        ResnetOptions resnet = config.Resnet() with { OutputScale = config.MidScale };
        attentions = new Modules.ModuleList<Transformer2DModel>(
            new Transformer2DModel(w.Sub("attentions.0"), sites.Sub("attentions.0"), level.Channels, config.Transformer(level, level.TransformerLayers)));
        resnets = new Modules.ModuleList<ResnetBlock2D>(
            new ResnetBlock2D(w.Sub("resnets.0"), $"{_name}.resnets.0", level.Channels, level.Channels, resnet),
            new ResnetBlock2D(w.Sub("resnets.1"), $"{_name}.resnets.1", level.Channels, level.Channels, resnet));
        RegisterComponents();
    }

    /// <summary>[B, C, H, W] to [B, C, H, W]; the result is the caller's.</summary>
    public Tensor Forward(Tensor input, UNetCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        using var scope = NewDisposeScope();
        Tensor first = resnets[0].Forward(input, call);
        Tensor attended = attentions[0].Forward(first, call);
        first.Dispose();
        return call.Tap(_name, resnets[1].Forward(attended, call)).MoveToOuterDisposeScope();
    }
}
