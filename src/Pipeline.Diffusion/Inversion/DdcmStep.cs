using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>One step of the denoising diffusion consistent model from level t to level p; the source of the formulas is <see cref="VirtualInversion"/>'s.</summary>
/// <remarks>
/// Legend: z_s the source latent (row 0), z_b the latent of branch b, e noise predictions, n the step's noise, ab alphaBar, v = eta (1 - ab_p).
/// <code>
/// e_c  = (z_s - sqrt(ab_t) z_0) / sqrt(1 - ab_t)                                  the noise that z_s really contains
/// x0_b = z_0 + [ (z_b - z_s) - sqrt(1 - ab_t) (e_b - e_s) ] / sqrt(ab_t)
/// z_b' = sqrt(ab_p) x0_b + sqrt(1 - ab_p - v) (e_b - e_s + e_c) + sqrt(v) n
/// </code>
/// In row 0 every difference is exactly 0, so x0 is z_0 bit for bit.
/// </remarks>
public static class DdcmStep
{
    /// <summary>Moves all branches of a picture.</summary>
    /// <param name="latents">z [B, C, h, w], source in row 0.</param>
    /// <param name="noise">Guided predictions e [B, C, h, w].</param>
    /// <param name="origin">z_0 [1, C, h, w].</param>
    /// <param name="fresh">n [1, C, h, w], shared by all branches; may be null at eta = 0.</param>
    /// <param name="alphaBarT">ab_t.</param>
    /// <param name="alphaBarP">ab_p.</param>
    /// <param name="eta">In [0, 1].</param>
    /// <param name="officialDirection">Whether row 0 takes the direction term of the last row instead of its own.</param>
    /// <returns>z' and x0, owned by the caller.</returns>
    public static BranchState Apply(Tensor latents, Tensor noise, Tensor origin, Tensor? fresh, double alphaBarT, double alphaBarP, double eta, bool officialDirection = false)
    {
        using var scope = NewDisposeScope();
        double v = eta * (1 - alphaBarP);
        Tensor source = latents.narrow(0, 0, 1); // [1, C, h, w]
        Tensor difference = noise - noise.narrow(0, 0, 1); // [B, C, h, w]
        Tensor x0 = origin + (latents - source - difference * Math.Sqrt(1 - alphaBarT)) * (1 / Math.Sqrt(alphaBarT));

        Tensor next = x0 * Math.Sqrt(alphaBarP);
        if (eta < 1)
        {
            Tensor consistent = (source - origin * Math.Sqrt(alphaBarT)) * (1 / Math.Sqrt(1 - alphaBarT)); // e_c
            Tensor turned = officialDirection ? cat([difference.narrow(0, difference.shape[0] - 1, 1), difference.narrow(0, 1, difference.shape[0] - 1)]) : difference;
            next = next + (turned + consistent) * Math.Sqrt(1 - alphaBarP - v);
        }

        if (eta > 0)
        {
            ArgumentNullException.ThrowIfNull(fresh);
            next = next + fresh * Math.Sqrt(v);
        }

        return new BranchState(next.MoveToOuterDisposeScope(), x0.MoveToOuterDisposeScope());
    }
}
