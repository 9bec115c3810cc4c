using Pipeline.Models.Attention;
using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>Attention among the image tokens (<c>attn1</c>).</summary>
public sealed class SelfAttentionLayer(WeightSource w, long channels, long heads, bool upcast)
    : AttentionLayer(nameof(SelfAttentionLayer), w, channels, channels, heads, upcast)
{
    /// <summary>[B, T, C] to [B, T, C]; the result is the caller's.</summary>
    public Tensor Forward(Tensor x, in AttentionCall where, IAttentionControl? control)
    {
        using Tensor merged = Mix(x, where, control);
        return Project(merged);
    }

    private Tensor Mix(Tensor x, in AttentionCall where, IAttentionControl? control)
    {
        using var scope = NewDisposeScope();
        (Tensor q, Tensor k, Tensor v) = (Query(x), Key(x), Value(x));      // [B, H, T, d]
        if (control is null)
        {
            return Fused(q, k, v).MoveToOuterDisposeScope();
        }

        if (control.WantsSelfQkv(where))
        {
            (q, k, v) = control.OnSelfQkv(where, q, k, v);
        }

        Tensor merged = control.WantsSelfMap(where)
            ? Weigh(control.OnSelfMap(where, Map(q, k)), v)                 // [B, H, T, T]
            : Fused(q, k, v);
        return merged.MoveToOuterDisposeScope();                            // [B, T, C]
    }
}
