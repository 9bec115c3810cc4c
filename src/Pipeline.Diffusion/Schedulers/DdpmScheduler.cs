using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>Ancestral sampling: Ho, Jain and Abbeel 2020, arXiv 2006.11239, eq. (6), (7) and (15).</summary>
/// <remarks>With fewer steps than T, beta of a step is 1 − ab/abPrev. The last step, at timestep 0, adds no noise; with an offset the last timestep is above 0 and does.</remarks>
public sealed class DdpmScheduler : IDiffusionScheduler
{
    private const float SmallestVariance = 1e-20f;
    private readonly DdpmOptions _options;

    /// <summary>Builds the schedule of the options.</summary>
    public DdpmScheduler(DdpmOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        Noise = NoiseSchedule.Create(options);
    }

    /// <inheritdoc/>
    public NoiseSchedule Noise { get; }

    /// <inheritdoc/>
    public PredictionType Prediction => _options.Prediction;

    /// <inheritdoc/>
    public ISampler Start(int steps) =>
        new Sampler(this, TimestepGrid.Create(_options.Spacing, steps, Noise.Count, _options.StepsOffset), Noise.Count / steps);

    /// <summary>One step from timestep <paramref name="from"/> down to <paramref name="to"/> (negative: no noise left); noise is needed above timestep 0.</summary>
    /// <returns>The sample at <paramref name="to"/>, the caller's.</returns>
    public Tensor Step(Tensor output, Tensor sample, int from, int to, Tensor? noise)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(sample);
        float ab = (float)Noise.AlphaBar(from);
        float abPrev = (float)Noise.AlphaBar(to, 1.0);
        float alpha = ab / abPrev;
        float beta = 1f - alpha;
        float ofOriginal = MathF.Sqrt(abPrev) * beta / (1f - ab);                      // eq. (7)
        float ofSample = MathF.Sqrt(alpha) * (1f - abPrev) / (1f - ab);

        using Tensor read = OutputTransform.At(Prediction, ab).Original(sample, output);
        using Tensor original = _options.ClipSample ? read.clamp(-_options.ClipRange, _options.ClipRange) : read.alias();
        Tensor mean = Affine.Combine(original, ofOriginal, sample, ofSample);
        if (from > 0)
        {
            ArgumentNullException.ThrowIfNull(noise);
            float variance = _options.LargeVariance ? beta : MathF.Max((1f - abPrev) / (1f - ab) * beta, SmallestVariance);
            Affine.AddTo(mean, noise, MathF.Sqrt(variance));
        }

        return mean;
    }

    private sealed class Sampler(DdpmScheduler scheduler, int[] timesteps, int stride) : ISampler
    {
        public IReadOnlyList<double> Timesteps { get; } = Array.ConvertAll(timesteps, t => (double)t);

        public double InitialNoiseScale => 1.0;

        public bool NeedsNoise(int index) => timesteps[index] > 0;

        public Tensor ScaleInput(int index, Tensor sample) => sample.alias();

        public Tensor Step(int index, Tensor output, Tensor sample, Tensor? noise = null) =>
            scheduler.Step(output, sample, timesteps[index], timesteps[index] - stride, noise);

        public void Dispose()
        {
        }
    }
}
