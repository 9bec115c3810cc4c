using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>Euler's method on the probability flow: Karras et al. 2022, arXiv 2206.00364, algorithm 2 without churn, for models trained in the variance-preserving form.</summary>
/// <remarks>
/// The sample is z·sqrt(sigma² + 1) of the variance-preserving latent z, hence <see cref="ISampler.ScaleInput"/>. sigma = sqrt((1 − ab)/ab), a zero is appended.
/// </remarks>
public sealed class EulerScheduler : IDiffusionScheduler
{
    private readonly EulerOptions _options;

    /// <summary>Builds the schedule of the options.</summary>
    public EulerScheduler(EulerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        Noise = NoiseSchedule.Create(options);
    }

    /// <inheritdoc/>
    public NoiseSchedule Noise { get; }

    /// <inheritdoc/>
    public PredictionType Prediction => _options.Prediction;

    /// <summary>Timesteps (fractional with linspace spacing or Karras sigmas) and the n + 1 noise levels of a run.</summary>
    public (double[] Timesteps, double[] Sigmas) Levels(int steps)
    {
        double[] training = Noise.Sigmas();
        double[] timesteps = _options.Spacing == TimestepSpacing.Linspace
            ? TimestepGrid.LinspaceExact(steps, Noise.Count)
            : Array.ConvertAll(TimestepGrid.Create(_options.Spacing, steps, Noise.Count, _options.StepsOffset), t => (double)t);
        double[] sigmas = SigmaGrid.Interpolate(timesteps, training);
        if (_options.UseKarrasSigmas)
        {
            sigmas = SigmaGrid.Karras(sigmas[^1], sigmas[0], steps);
            timesteps = Array.ConvertAll(sigmas, s => SigmaGrid.TimestepOf(s, training));
        }

        return (timesteps, [.. sigmas, 0.0]);
    }

    /// <inheritdoc/>
    public ISampler Start(int steps)
    {
        (double[] timesteps, double[] sigmas) = Levels(steps);
        double largest = sigmas.Max();
        double start = _options.Spacing == TimestepSpacing.Leading ? Math.Sqrt((largest * largest) + 1.0) : largest;
        return new Sampler(Prediction, timesteps, sigmas, start);
    }

    private sealed class Sampler(PredictionType prediction, double[] timesteps, double[] sigmas, double start) : ISampler
    {
        public IReadOnlyList<double> Timesteps => timesteps;

        public double InitialNoiseScale => start;

        public bool NeedsNoise(int index) => false;

        public Tensor ScaleInput(int index, Tensor sample) => sample * (1.0 / Math.Sqrt((sigmas[index] * sigmas[index]) + 1.0));

        // z + dt·(z − x0)/sigma
        public Tensor Step(int index, Tensor output, Tensor sample, Tensor? noise = null)
        {
            double sigma = sigmas[index];
            double dt = sigmas[index + 1] - sigma;
            (double ofSample, double ofOutput) = Original(sigma);
            return Affine.Combine(sample, 1.0 + (dt * (1.0 - ofSample) / sigma), output, -dt * ofOutput / sigma);
        }

        public void Dispose()
        {
        }

        // x0 = ofSample·z + ofOutput·o
        private (double OfSample, double OfOutput) Original(double sigma)
        {
            double scale = (sigma * sigma) + 1.0;
            return prediction switch
            {
                PredictionType.Epsilon => (1.0, -sigma),
                PredictionType.Velocity => (1.0 / scale, -sigma / Math.Sqrt(scale)),
                _ => (0.0, 1.0),
            };
        }
    }
}
