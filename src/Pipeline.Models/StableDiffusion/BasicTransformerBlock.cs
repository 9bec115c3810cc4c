using Pipeline.Models.Attention;
using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>One transformer block: self-attention, cross-attention and feed-forward, each after a layer norm and with a residual. It is one <see cref="AttentionSite"/>.</summary>
public sealed class BasicTransformerBlock : nn.Module
{
    private const double NormEpsilon = 1e-5;
    private readonly AttentionSite _site;
    private readonly string _feedForward;
    private readonly LayerNorm norm1;
    private readonly SelfAttentionLayer attn1;
    private readonly LayerNorm norm2;
    private readonly CrossAttentionLayer attn2;
    private readonly LayerNorm norm3;
    private readonly FeedForward ff;

    /// <summary>Takes the weights from <paramref name="w"/>. The site's name is this block's name for controls; <c>name.ff</c> is the output of the feed-forward part.</summary>
    public BasicTransformerBlock(WeightSource w, AttentionSite site, long channels, long contextChannels, bool upcast)
        : base(nameof(BasicTransformerBlock))
    {
        ArgumentNullException.ThrowIfNull(w);
        (_site, _feedForward) = (site, site.Name + ".ff");
        norm1 = new LayerNorm(w.Sub("norm1"), channels, NormEpsilon);
        attn1 = new SelfAttentionLayer(w.Sub("attn1"), channels, site.Heads, upcast);
        norm2 = new LayerNorm(w.Sub("norm2"), channels, NormEpsilon);
        attn2 = new CrossAttentionLayer(w.Sub("attn2"), channels, contextChannels, site.Heads, upcast);
        norm3 = new LayerNorm(w.Sub("norm3"), channels, NormEpsilon);
        ff = new FeedForward(w.Sub("ff"), channels);
        RegisterComponents();
    }

    /// <summary>[B, T, C] to [B, T, C] with T = height * width; the result is the caller's.</summary>
    public Tensor Forward(Tensor input, UNetCall call, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(call);
        AttentionCall where = new(_site, call.Step, height, width);
        using var scope = NewDisposeScope();

        // Every residual is added into the fresh output of its layer: no block holds more than one stream.
        Tensor afterSelf = SelfPart(input, call, where).add_(input);
        Tensor afterCross = CrossPart(afterSelf, call, where).add_(afterSelf);
        afterSelf.Dispose();
        Tensor fed = FeedPart(afterCross);
        Tensor output = call.Hears(_feedForward) ? call.Tap(_feedForward, fed) + afterCross : fed.add_(afterCross);
        return call.Tap(_site.Name, output).MoveToOuterDisposeScope();
    }

    private Tensor SelfPart(Tensor x, UNetCall call, in AttentionCall where)
    {
        using Tensor normed = norm1.call(x);
        return attn1.Forward(normed, where, call.Control);
    }

    private Tensor CrossPart(Tensor x, UNetCall call, in AttentionCall where)
    {
        using Tensor normed = norm2.call(x);
        return attn2.Forward(normed, call.Context, where, call.Control);
    }

    private Tensor FeedPart(Tensor x)
    {
        using Tensor normed = norm3.call(x);
        return ff.call(normed);
    }
}
