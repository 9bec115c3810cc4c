namespace Pipeline.Diffusion.Schedulers;

/// <summary>Options of <see cref="LcmScheduler"/>.</summary>
public sealed record LcmOptions : SchedulerOptions
{
    /// <summary>Number of steps of the solver that the model was distilled with.</summary>
    public int OriginalSteps { get; init; } = 50;

    /// <summary>Factor on the timestep inside the boundary condition; 10 in the published models.</summary>
    public double TimestepScaling { get; init; } = 10.0;

    /// <summary>Standard deviation of the data in the boundary condition.</summary>
    public double SigmaData { get; init; } = 0.5;

    /// <summary>Whether the level before the first timestep is alpha-bar 1.</summary>
    public bool SetAlphaToOne { get; init; } = true;

    /// <summary>Whether the predicted x0 is clamped to ±<see cref="ClipRange"/>.</summary>
    public bool ClipSample { get; init; }

    /// <summary>Bound of the predicted x0 where <see cref="ClipSample"/> is set.</summary>
    public double ClipRange { get; init; } = 1.0;
}
