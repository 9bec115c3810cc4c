using Pipeline.Diffusion.Guidance;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>
/// The proximal form of classifier-free guidance: e = e_u + w prox(e_c - e_u), L. Han et al., "ProxEdit", 2023 (arXiv:2306.05414), eq. 8 and 9. Small differences, which are noise and reconstruction error
/// rather than the edit, are taken out.
/// </summary>
public static class ProximalGuidance
{
    /// <summary>Guided predictions [B, C, h, w] and the cells that the edit changes, [B, C, h, w] of 0 and 1. Both owned by the caller.</summary>
    public static (Tensor Noise, Tensor Edited) Apply(GuidanceHalves halves, ProximalOptions options)
    {
        using var scope = NewDisposeScope();
        Tensor d = halves.Conditional - halves.Unconditional; // [B, C, h, w]
        (Tensor kept, Tensor edited) = Threshold(d, options);
        Tensor scales = tensor(halves.Scales.Select(w => (float)w).ToArray()).to(d.dtype, d.device).reshape(-1, 1, 1, 1);
        Tensor noise = halves.Unconditional + scales * kept;
        return (noise.MoveToOuterDisposeScope(), edited.MoveToOuterDisposeScope());
    }

    /// <summary>prox(d) and where d counts as edited, 0 or 1; row 0 of <paramref name="difference"/> [B, ...] is a branch. Both owned by the caller.</summary>
    public static (Tensor Kept, Tensor Edited) Threshold(Tensor difference, ProximalOptions options)
    {
        using var scope = NewDisposeScope();
        Tensor d = difference, size = d.abs();
        if (options.Prox == ProximalOperator.None)
        {
            return (d.clone().MoveToOuterDisposeScope(), ones_like(d).MoveToOuterDisposeScope());
        }

        Tensor lambda = Lambda(size, options); // broadcasts to d
        Tensor soft = d - d.clamp(-lambda, lambda); // sign(d) max(|d| - lambda, 0)
        Tensor kept = (options.PublishedOperators, options.Prox) switch
        {
            (false, ProximalOperator.L0) => where(size > lambda, d, zeros_like(d)),
            (true, ProximalOperator.L1) => ShiftedAgain(soft, lambda),
            _ => soft,
        };
        Tensor edited = ((options.PublishedOperators ? kept.abs() : size) > lambda).to(d.dtype);
        return (kept.MoveToOuterDisposeScope(), edited.MoveToOuterDisposeScope());
    }

    // A scalar over everything, or [B, 1, 1, 1]; linear interpolation between order statistics.
    private static Tensor Lambda(Tensor size, ProximalOptions options)
    {
        if (options.Quantile < 0 || (options.Quantile == 0 && options.PublishedOperators))
        {
            return full_like(size.flatten()[0], -options.Quantile);
        }

        Tensor q = tensor(options.Quantile).to(size.dtype, size.device);
        if (options.JointQuantile)
        {
            return size.flatten().quantile(q, 0);
        }

        long[] broadcast = [size.shape[0], .. Enumerable.Repeat(1L, size.shape.Length - 1)];
        return size.flatten(1).quantile(q, 1).reshape(broadcast);
    }

    // The published l1: positives lose the threshold again, and what is negative then gains it, one after the other.
    private static Tensor ShiftedAgain(Tensor soft, Tensor lambda)
    {
        Tensor lowered = where(soft > 0.0, soft - lambda, soft);
        return where(lowered < 0.0, lowered + lambda, lowered);
    }
}
