namespace Pipeline.Diffusion.Schedulers;

/// <summary>
/// What every scheduler is configured by. The defaults are those of Stable Diffusion 1.x's scheduler file; a file that lacks a key gets the default of its scheduler's class
/// instead, see <see cref="SchedulerLoader"/>.
/// </summary>
public record SchedulerOptions
{
    /// <summary>T, the number of training timesteps.</summary>
    public int TrainTimesteps { get; init; } = 1000;

    /// <summary>beta of timestep 0.</summary>
    public double BetaStart { get; init; } = 0.00085;

    /// <summary>beta of timestep T − 1.</summary>
    public double BetaEnd { get; init; } = 0.012;

    /// <summary>How beta grows between the two.</summary>
    public BetaSchedule BetaSchedule { get; init; } = BetaSchedule.ScaledLinear;

    /// <summary>Explicit betas; when given they replace the three values above, and their count replaces <see cref="TrainTimesteps"/>.</summary>
    public IReadOnlyList<double>? TrainedBetas { get; init; }

    /// <summary>What the denoiser predicts.</summary>
    public PredictionType Prediction { get; init; } = PredictionType.Epsilon;

    /// <summary>How timesteps are chosen.</summary>
    public TimestepSpacing Spacing { get; init; } = TimestepSpacing.Leading;

    /// <summary>Added to leading timesteps. 1 in Stable Diffusion's file; the prompt-to-prompt family of code uses 0.</summary>
    public int StepsOffset { get; init; } = 1;

    /// <summary>Whether the schedule is rescaled to end in pure noise (Lin et al., arXiv 2305.08891, algorithm 1).</summary>
    public bool RescaleZeroSnr { get; init; }
}
