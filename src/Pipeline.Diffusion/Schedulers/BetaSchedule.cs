namespace Pipeline.Diffusion.Schedulers;

/// <summary>How the variances of the forward process grow.</summary>
public enum BetaSchedule
{
    /// <summary>Linear in beta (Ho et al., arXiv 2006.11239).</summary>
    Linear,

    /// <summary>Linear in the square root of beta: latent diffusion models.</summary>
    ScaledLinear,

    /// <summary>Squared cosine with beta capped at 0.999 (Nichol and Dhariwal, arXiv 2102.09672, eq. 17).</summary>
    SquaredCosine,
}
