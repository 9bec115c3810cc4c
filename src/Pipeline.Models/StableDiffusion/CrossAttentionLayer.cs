using Pipeline.Models.Attention;
using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>Attention from the image tokens to the text (<c>attn2</c>).</summary>
public sealed class CrossAttentionLayer(WeightSource w, long channels, long contextChannels, long heads, bool upcast)
    : AttentionLayer(nameof(CrossAttentionLayer), w, channels, contextChannels, heads, upcast)
{
    /// <summary>[B, T, C] and context [B, L, X] to [B, T, C]; the result is the caller's.</summary>
    public Tensor Forward(Tensor x, Tensor context, in AttentionCall where, IAttentionControl? control)
    {
        using Tensor merged = Mix(x, context, where, control);
        return Project(merged);
    }

    private Tensor Mix(Tensor x, Tensor context, in AttentionCall where, IAttentionControl? control)
    {
        using var scope = NewDisposeScope();
        (Tensor q, Tensor k) = (Query(x), Key(context));                                        // [B, H, T, d], [B, H, L, d]
        if (control is null)
        {
            return Fused(q, k, Value(context)).MoveToOuterDisposeScope();
        }

        Tensor v = Value(control.WantsValueContext(where) ? control.OnValueContext(where, context) : context);
        Tensor merged = control.WantsCrossMap(where)
            ? Weigh(control.OnCrossMap(where, Map(q, k)), v)                                    // [B, H, T, L]
            : Fused(q, k, v);
        return merged.MoveToOuterDisposeScope();                                                // [B, T, C]
    }
}
