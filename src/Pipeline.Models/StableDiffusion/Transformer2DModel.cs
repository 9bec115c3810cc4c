using Pipeline.Models.Attention;
using Pipeline.Models.Layers;
using static TorchSharp.torch;
using Modules = TorchSharp.Modules;

namespace Pipeline.Models.StableDiffusion;

/// <summary>Transformer blocks over the pixels of a feature map, between two projections and with a residual around all.</summary>
public sealed class Transformer2DModel : nn.Module
{
    private const double NormEpsilon = 1e-6;
    private readonly string _name;
    private readonly bool _linear;
    private readonly GroupNorm norm;
    private readonly nn.Module<Tensor, Tensor> proj_in;
    private readonly Modules.ModuleList<BasicTransformerBlock> transformer_blocks;
    private readonly nn.Module<Tensor, Tensor> proj_out;

    /// <summary>Takes the weights from <paramref name="w"/> and adds its sites to <paramref name="sites"/>.</summary>
    /// <param name="w">Weights of this module.</param>
    /// <param name="sites">Where this module lies; receives one site a transformer block.</param>
    /// <param name="channels">Channels of the feature map.</param>
    /// <param name="options">What all transformers at this depth share.</param>
    public Transformer2DModel(WeightSource w, AttentionSiteBuilder sites, long channels, TransformerOptions options)
        : base(nameof(Transformer2DModel))
    {
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(sites);
        ArgumentNullException.ThrowIfNull(options);
        (_name, _linear) = (sites.Name, options.LinearProjection);
        norm = new GroupNorm(w.Sub("norm"), options.Groups, channels, NormEpsilon);
        proj_in = Projection(w.Sub("proj_in"), channels);
        transformer_blocks = new Modules.ModuleList<BasicTransformerBlock>();
        for (int k = 0; k < options.Layers; k++)
        {
            AttentionSite site = sites.Add($"transformer_blocks.{k}", options.Heads);
            transformer_blocks.Add(new BasicTransformerBlock(w.Sub($"transformer_blocks.{k}"), site, channels, options.ContextChannels, options.UpcastAttention));
        }

        proj_out = Projection(w.Sub("proj_out"), channels);
        RegisterComponents();
    }

    /// <summary>[B, C, H, W] to [B, C, H, W]; the result is the caller's.</summary>
    public Tensor Forward(Tensor input, UNetCall call)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(call);
        (long batch, long channels, int height, int width) = (input.shape[0], input.shape[1], (int)input.shape[2], (int)input.shape[3]);
        using var scope = NewDisposeScope();
        Tensor tokens = Enter(input);                                                       // [B, HW, C]
        foreach (BasicTransformerBlock block in transformer_blocks)
        {
            Tensor next = block.Forward(tokens, call, height, width);
            tokens.Dispose();
            tokens = next;
        }

        Tensor output = Leave(tokens, [batch, channels, height, width]).add_(input);
        return call.Tap(_name, output).MoveToOuterDisposeScope();
    }

    private Tensor Enter(Tensor input)
    {
        using var scope = NewDisposeScope();
        Tensor normed = norm.call(input);
        Tensor tokens = _linear
            ? proj_in.call(normed.flatten(2).transpose(1, 2))
            : proj_in.call(normed).flatten(2).transpose(1, 2).contiguous();
        return tokens.MoveToOuterDisposeScope();
    }

    private Tensor Leave(Tensor tokens, long[] shape)
    {
        using var scope = NewDisposeScope();
        Tensor output = _linear
            ? proj_out.call(tokens).transpose(1, 2).reshape(shape).contiguous()
            : proj_out.call(tokens.transpose(1, 2).reshape(shape).contiguous());
        return output.MoveToOuterDisposeScope();
    }

    private nn.Module<Tensor, Tensor> Projection(WeightSource w, long channels) =>
        _linear ? new Linear(w, channels, channels) : new Conv2d(w, channels, channels, 1);
}
