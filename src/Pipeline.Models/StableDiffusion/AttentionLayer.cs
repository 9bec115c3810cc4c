using Pipeline.Models.Layers;
using static TorchSharp.torch;
using Modules = TorchSharp.Modules;

namespace Pipeline.Models.StableDiffusion;

/// <summary>Multi-head attention as Stable Diffusion stores it: q, k, v without bias, output with bias. The two kinds differ in what they offer to a control.</summary>
public abstract class AttentionLayer : nn.Module
{
    private readonly long _heads;
    private readonly double _scale;
    private readonly bool _upcast;
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly Modules.ModuleList<Linear> to_out;

    private protected AttentionLayer(string name, WeightSource w, long channels, long contextChannels, long heads, bool upcast)
        : base(name)
    {
        (_heads, _scale, _upcast) = (heads, 1.0 / Math.Sqrt((double)channels / heads), upcast);
        to_q = new Linear(w.Sub("to_q"), channels, channels, false);
        to_k = new Linear(w.Sub("to_k"), contextChannels, channels, false);
        to_v = new Linear(w.Sub("to_v"), contextChannels, channels, false);
        to_out = new Modules.ModuleList<Linear>(new Linear(w.Sub("to_out.0"), channels, channels));
        RegisterComponents();
    }

    private protected Tensor Query(Tensor x) => Split(to_q.call(x));

    private protected Tensor Key(Tensor context) => Split(to_k.call(context));

    private protected Tensor Value(Tensor context) => Split(to_v.call(context));

    /// <summary>Attention in one fused operation: the probabilities are never there as a whole. [B, H, T, d] to [B, T, C].</summary>
    private protected Tensor Fused(Tensor q, Tensor k, Tensor v)
    {
        using IDisposable? wide = _upcast ? ProductPrecision.Use(null) : null;
        if (!Upcasts(q))
        {
            return Merge(ScaledDotProductAttention.Compute(q, k, v, null, _scale));
        }

        Tensor mixed = ScaledDotProductAttention.Compute(q.to(ScalarType.Float32), k.to(ScalarType.Float32), v.to(ScalarType.Float32), null, _scale);
        return Merge(mixed.to(v.dtype));
    }

    /// <summary>softmax(q kᵀ · d^-½), [B, H, T, L], in the type of the values.</summary>
    private protected Tensor Map(Tensor q, Tensor k)
    {
        using IDisposable? wide = _upcast ? ProductPrecision.Use(null) : null;
        return Upcasts(q)
            ? ScaledDotProductAttention.Probabilities(q.to(ScalarType.Float32), k.to(ScalarType.Float32), null, _scale).to(q.dtype)
            : ScaledDotProductAttention.Probabilities(q, k, null, _scale);
    }

    /// <summary>Values weighted by a map: [B, H, T, L] x [B, H, L, d] to [B, T, C].</summary>
    private protected static Tensor Weigh(Tensor map, Tensor v) => Merge(ProductPrecision.MatMul(map, v));

    /// <summary>The output projection.</summary>
    private protected Tensor Project(Tensor merged) => to_out[0].call(merged);

    // upcast_attention: scores in single precision whatever the model's type is
    private bool Upcasts(Tensor q) => _upcast && q.dtype != ScalarType.Float32 && q.dtype != ScalarType.Float64;

    // [B, T, C] -> [B, H, T, d], a view
    private Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2);

    // [B, H, T, d] -> [B, T, C]
    private static Tensor Merge(Tensor x) => x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1);
}
