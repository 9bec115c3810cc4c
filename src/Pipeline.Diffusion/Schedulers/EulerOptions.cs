namespace Pipeline.Diffusion.Schedulers;

/// <summary>Options of <see cref="EulerScheduler"/>.</summary>
public sealed record EulerOptions : SchedulerOptions
{
    /// <summary>Whether the noise levels are spaced by Karras et al.'s rule between the first and the last selected one.</summary>
    public bool UseKarrasSigmas { get; init; }
}
