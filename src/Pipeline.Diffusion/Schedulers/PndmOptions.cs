namespace Pipeline.Diffusion.Schedulers;

/// <summary>Options of <see cref="PndmScheduler"/>.</summary>
public sealed record PndmOptions : SchedulerOptions
{
    /// <summary>Whether the level before the first timestep is alpha-bar 1.</summary>
    public bool SetAlphaToOne { get; init; }
}
