namespace Pipeline.Diffusion.Schedulers;

/// <summary>Options of <see cref="DdpmScheduler"/>.</summary>
public sealed record DdpmOptions : SchedulerOptions
{
    /// <summary>Whether the predicted x0 is clamped to ±<see cref="ClipRange"/>.</summary>
    public bool ClipSample { get; init; }

    /// <summary>Bound of the predicted x0 where <see cref="ClipSample"/> is set.</summary>
    public double ClipRange { get; init; } = 1.0;

    /// <summary>Whether the variance is beta ("fixed_large") and not the posterior's ("fixed_small").</summary>
    public bool LargeVariance { get; init; }
}
