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
    public (float[] Timesteps, float[] Sigmas) Levels(int steps)
    {
        float[] training = Noise.Sigmas();
        double[] timesteps = _options.Spacing == TimestepSpacing.Linspace
            ? TimestepGrid.LinspaceExact(steps, Noise.Count)
            : Array.ConvertAll(TimestepGrid.Create(_options.Spacing, steps, Noise.Count, _options.StepsOffset), t => (double)t);
        double[] sigmas = SigmaGrid.Interpolate(timesteps, training);
        if (_options.UseKarrasSigmas)
        {
            sigmas = SigmaGrid.Karras(sigmas[^1], sigmas[0], steps);
            timesteps = Array.ConvertAll(sigmas, s => SigmaGrid.TimestepOf(s, training));
        }

        return (Array.ConvertAll(timesteps, t => (float)t), [.. sigmas.Select(s => (float)s), 0f]);
    }

    /// <inheritdoc/>
    public ISampler Start(int steps)
    {
        (float[] timesteps, float[] sigmas) = Levels(steps);
        float largest = sigmas.Max();
        float start = _options.Spacing == TimestepSpacing.Leading ? MathF.Sqrt((largest * largest) + 1f) : largest;
        return new Sampler(Prediction, timesteps, sigmas, start);
    }

    private sealed class Sampler(PredictionType prediction, float[] timesteps, float[] sigmas, float start) : ISampler
    {
        public IReadOnlyList<double> Timesteps { get; } = Array.ConvertAll(timesteps, t => (double)t);

        public double InitialNoiseScale => start;

        public bool NeedsNoise(int index) => false;

        public Tensor ScaleInput(int index, Tensor sample) => sample / MathF.Sqrt(Scale(index));

        // z + dt·(z − x0)/sigma
        public Tensor Step(int index, Tensor output, Tensor sample, Tensor? noise = null)
        {
            using Tensor original = Original(index, output, sample);
            using Tensor slope = (sample - original).div_(sigmas[index]).mul_(sigmas[index + 1] - sigmas[index]);
            return sample + slope;
        }

        public void Dispose()
        {
        }

        private Tensor Original(int index, Tensor output, Tensor sample)
        {
            switch (prediction)
            {
                case PredictionType.Epsilon:
                    return (output * -sigmas[index]).add_(sample);
                case PredictionType.Velocity:
                    using (Tensor shrunk = sample / Scale(index))
                    {
                        return (output * (-sigmas[index] / MathF.Sqrt(Scale(index)))).add_(shrunk);
                    }

                default:
                    return output.alias();
            }
        }

        private float Scale(int index) => (sigmas[index] * sigmas[index]) + 1f;
    }
}
