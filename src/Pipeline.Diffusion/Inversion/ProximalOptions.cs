namespace Pipeline.Diffusion.Inversion;

/// <summary>Parameters of <see cref="ProximalInversion"/>. Defaults are the authors' unless they say otherwise.</summary>
public sealed record ProximalOptions
{
    /// <summary>The operator. Default l0.</summary>
    public ProximalOperator Prox { get; init; } = ProximalOperator.L0;

    /// <summary>
    /// Quantile of |e_c - e_u| that becomes the threshold, in [0, 1]; a negative number -x is the fixed threshold x. Default 0.7 (0.75 in the PIE-Bench run).
    /// </summary>
    public double Quantile { get; init; } = 0.7;

    /// <summary>Whether one quantile is taken over source and targets together, as in the published code. Default false (ours: a target must not depend on its neighbours in the batch).</summary>
    public bool JointQuantile { get; init; }

    /// <summary>
    /// Whether the operators are those of the published code: its l0 is the soft operator, its l1 shifts the rest twice and jumps at 0, and its mask compares the shrunk difference with the threshold. Default false
    /// (the paper's operators; the mask is where the difference exceeds the threshold).
    /// </summary>
    public bool PublishedOperators { get; init; }

    /// <summary>Whether latents outside the edit mask are pulled to the inversion path after the step (inversion guidance). Default false.</summary>
    public bool InversionGuidance { get; init; }

    /// <summary>Whether predicted clean latents outside the edit mask are pulled to z_0 within the step (reconstruction guidance). Default false.</summary>
    public bool ReconstructionGuidance { get; init; }

    /// <summary>Share of the pull, [0, 1]. Default 1 (the authors' examples; 0.1 is their function's default).</summary>
    public double ReconstructionRate { get; init; } = 1;

    /// <summary>Pulls at timesteps below this; a negative number -x pulls above x. Default 400.</summary>
    public int ReconstructionTimestep { get; init; } = 400;

    /// <summary>Cells by which the edit mask grows on all sides, 0 to 64. Default 1.</summary>
    public int MaskRadius { get; init; } = 1;

    /// <summary>Share of the empty prompt in the unconditional text, [0, 1]. Default 0.</summary>
    public double Interpolation { get; init; }

    /// <summary>The published code's behaviour.</summary>
    public static ProximalOptions Official { get; } = new() { JointQuantile = true, PublishedOperators = true };

    internal string? Problem =>
        !(Quantile <= 1 && double.IsFinite(Quantile)) ? $"quantile must lie in [0, 1], or be minus a fixed threshold, got {Quantile}"
        : ReconstructionRate is not (>= 0 and <= 1) ? $"reconstructionRate must lie in [0, 1], got {ReconstructionRate}"
        : MaskRadius is < 0 or > 64 ? $"maskRadius must lie in 0..64, got {MaskRadius}"
        : Math.Abs((long)ReconstructionTimestep) > 1_000_000 ? $"reconstructionTimestep is out of range: {ReconstructionTimestep}"
        : Interpolation is not (>= 0 and <= 1) ? $"interpolation must lie in [0, 1], got {Interpolation}"
        : null;

    /// <summary>Whether anything is pulled at a timestep.</summary>
    internal bool PullsAt(int timestep) => ReconstructionTimestep > 0 ? timestep < ReconstructionTimestep : ReconstructionTimestep < 0 && timestep > -ReconstructionTimestep;
}
