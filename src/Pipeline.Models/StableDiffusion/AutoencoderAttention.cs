using Pipeline.Models.Layers;
using static TorchSharp.torch;
using Modules = TorchSharp.Modules;

namespace Pipeline.Models.StableDiffusion;

/// <summary>The autoencoder's attention over pixels: one head of the full width, projections with biases, group norm before and residual after.</summary>
public sealed class AutoencoderAttention : nn.Module<Tensor, Tensor>
{
    private readonly GroupNorm group_norm;
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly Modules.ModuleList<Linear> to_out;

    /// <summary>Takes the weights from <paramref name="w"/>, under the present key names or those before diffusers 0.15 (query, key, value, proj_attn).</summary>
    public AutoencoderAttention(WeightSource w, long channels, long groups, double epsilon)
        : base(nameof(AutoencoderAttention))
    {
        ArgumentNullException.ThrowIfNull(w);
        WeightSource named = w.Has("to_q.weight") || !w.Has("query.weight") ? w : w.Map(OldName);
        group_norm = new GroupNorm(named.Sub("group_norm"), groups, channels, epsilon);
        to_q = new Linear(named.Sub("to_q"), channels, channels);
        to_k = new Linear(named.Sub("to_k"), channels, channels);
        to_v = new Linear(named.Sub("to_v"), channels, channels);
        to_out = new Modules.ModuleList<Linear>(new Linear(named.Sub("to_out.0"), channels, channels));
        RegisterComponents();
    }

    /// <summary>[B, C, H, W] to [B, C, H, W]; the result is the caller's.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        Tensor projected = to_out[0].call(Attend(input));                                   // [B, HW, C]
        Tensor map = projected.transpose(1, 2).reshape(input.shape);                        // [B, C, H, W]
        return (map + input).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor input)
    {
        using var scope = NewDisposeScope();
        Tensor tokens = group_norm.call(input).flatten(2).transpose(1, 2).contiguous();     // [B, HW, C]
        Tensor q = to_q.call(tokens).unsqueeze(1);                                          // [B, 1, HW, C]
        Tensor k = to_k.call(tokens).unsqueeze(1);
        Tensor v = to_v.call(tokens).unsqueeze(1);
        double scale = 1.0 / Math.Sqrt(q.shape[^1]);
        return ScaledDotProductAttention.Compute(q, k, v, null, scale).squeeze(1).MoveToOuterDisposeScope();
    }

    private static string OldName(string name)
    {
        (string New, string Old)[] names = [("to_q.", "query."), ("to_k.", "key."), ("to_v.", "value."), ("to_out.0.", "proj_attn.")];
        foreach ((string present, string old) in names)
        {
            if (name.StartsWith(present, StringComparison.Ordinal))
            {
                return old + name[present.Length..];
            }
        }

        return name;
    }
}
