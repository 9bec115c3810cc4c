namespace Pipeline.Diffusion.Schedulers;

/// <summary>A sampling rule over a noise schedule. Immutable: one instance serves any number of jobs, each through its own <see cref="ISampler"/>.</summary>
public interface IDiffusionScheduler
{
    /// <summary>The forward process.</summary>
    NoiseSchedule Noise { get; }

    /// <summary>What the model is taken to predict.</summary>
    PredictionType Prediction { get; }

    /// <summary>Starts a run of <paramref name="steps"/> steps.</summary>
    /// <exception cref="ArgumentException">The schedule does not allow that many steps.</exception>
    ISampler Start(int steps);
}
