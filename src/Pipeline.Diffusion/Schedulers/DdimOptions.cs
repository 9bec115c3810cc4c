namespace Pipeline.Diffusion.Schedulers;

/// <summary>Options of <see cref="DdimScheduler"/> and <see cref="DdimInverseScheduler"/>.</summary>
public sealed record DdimOptions : SchedulerOptions
{
    /// <summary>Whether the level before the first timestep is alpha-bar 1 (no noise at all) and not alpha-bar of timestep 0. False in Stable Diffusion.</summary>
    public bool SetAlphaToOne { get; init; }

    /// <summary>Whether the predicted x0 is clamped to ±<see cref="ClipRange"/>: for models of pixels, not of latents.</summary>
    public bool ClipSample { get; init; }

    /// <summary>Bound of the predicted x0 where <see cref="ClipSample"/> is set.</summary>
    public double ClipRange { get; init; } = 1.0;

    /// <summary>Share of the DDPM noise that a step adds: 0 is deterministic, 1 is DDPM.</summary>
    public double Eta { get; init; }
}
