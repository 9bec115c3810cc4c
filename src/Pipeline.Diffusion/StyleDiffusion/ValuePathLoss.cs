namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>The loss of one optimisation step.</summary>
/// <param name="Latent">Mean squared distance of the latent from the inversion path.</param>
/// <param name="Maps">Mean squared distance of each attention layer's map, in call order; empty without attention loss.</param>
public sealed record ValuePathLoss(double Latent, IReadOnlyList<double> Maps)
{
    /// <summary>L = L_rec + L_attn, both with weight 1.</summary>
    public double Total => Latent + Maps.Sum();
}
