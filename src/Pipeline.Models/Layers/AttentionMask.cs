using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>
/// Masks of attention scores. A boolean mask says which key a query may see; the additive mask made from it is 0 there and the most negative finite
/// number elsewhere. Rules are joined as booleans first: two additive masks could overflow to −inf and turn a fully masked row into NaN instead of
/// a uniform one.
/// </summary>
public static class AttentionMask
{
    /// <summary>Queries at positions <paramref name="start"/>… over keys at 0…: a key is visible when it is not later and, with a window w, nearer than w.</summary>
    /// <returns>Boolean [1, 1, queries, keys], the caller's.</returns>
    public static Tensor Causal(long queries, long keys, long start, long? window, Device device)
    {
        using var scope = NewDisposeScope();
        var query = arange(start, start + queries, ScalarType.Int64, device).unsqueeze(1);      // [Lq, 1]
        var key = arange(keys, ScalarType.Int64, device).unsqueeze(0);                          // [1, Lk]
        var visible = key.le(query);                                                            // [Lq, Lk]
        if (window is { } width)
        {
            visible = visible.logical_and(key.gt(query - width));
        }

        return visible.unsqueeze(0).unsqueeze(0).MoveToOuterDisposeScope();                     // [1, 1, Lq, Lk]
    }

    /// <summary>Keys that carry something: <paramref name="mask"/> [B, Lk], non-zero means visible.</summary>
    /// <returns>Boolean [B, 1, 1, Lk], the caller's.</returns>
    public static Tensor Padding(Tensor mask)
    {
        using var scope = NewDisposeScope();
        return mask.ne(0).unsqueeze(1).unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Causal rule and, where given, the padding rule of [B, n] for sequences that start at position 0.</summary>
    /// <returns>Additive [1 or B, 1, n, n], the caller's.</returns>
    public static Tensor CausalWithPadding(long length, Tensor? padding, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var visible = Causal(length, length, 0, null, device);
        if (padding is not null)
        {
            visible = visible.logical_and(Padding(padding));
        }

        return Additive(visible, dtype).MoveToOuterDisposeScope();
    }

    /// <summary>0 where visible, the most negative finite number of <paramref name="dtype"/> elsewhere; same shape, the caller's.</summary>
    public static Tensor Additive(Tensor visible, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        return zeros(visible.shape, dtype, visible.device).masked_fill(visible.logical_not(), MostNegative(dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What forbids: the lowest finite number of a floating type. In fp16, whose numbers are so coarse there that adding a score could reach −inf and
    /// a fully masked row become NaN, half of it.
    /// </summary>
    public static double MostNegative(ScalarType dtype) => dtype switch
    {
        ScalarType.Float16 => -32752.0,
        ScalarType.BFloat16 => -3.3895313892515355e38,
        ScalarType.Float32 => float.MinValue,
        ScalarType.Float64 => double.MinValue,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Attention masks exist for floating types."),
    };
}
