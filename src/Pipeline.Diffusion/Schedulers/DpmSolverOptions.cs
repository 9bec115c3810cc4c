namespace Pipeline.Diffusion.Schedulers;

/// <summary>Options of <see cref="DpmSolverMultistepScheduler"/>.</summary>
public sealed record DpmSolverOptions : SchedulerOptions
{
    /// <summary>1 (the same as DDIM) or 2.</summary>
    public int SolverOrder { get; init; } = 2;

    /// <summary>Whether the second-order update is Heun's and not the midpoint rule.</summary>
    public bool Heun { get; init; }

    /// <summary>Whether the last step is of first order when there are fewer than 15.</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>Whether the last step is of first order always.</summary>
    public bool EulerAtFinal { get; init; }

    /// <summary>Whether the noise levels are spaced by Karras et al.'s rule over the whole training range.</summary>
    public bool UseKarrasSigmas { get; init; }

    /// <summary>Whether the last noise level is zero ("final_sigmas_type": "zero") and not that of timestep 0.</summary>
    public bool FinalSigmaZero { get; init; }

    /// <summary>Smallest log signal-to-noise ratio (half of it, lambda) that timesteps may have; cuts the noisiest timesteps off.</summary>
    public double LambdaMinClipped { get; init; } = double.NegativeInfinity;
}
