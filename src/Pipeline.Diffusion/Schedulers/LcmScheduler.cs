using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>
/// Multistep consistency sampling of a latent consistency model: Luo et al. 2023, arXiv 2310.04378, algorithm 3; boundary condition of Song et al. 2023, arXiv 2303.01469, eq. (25).
/// </summary>
/// <remarks>
/// f(z, t) = cSkip·z + cOut·x0 with cSkip = sd²/(s² + sd²), cOut = s/sqrt(s² + sd²), s = scaling·t; then f is noised again to the next timestep's level. The last step returns f itself.
/// </remarks>
public sealed class LcmScheduler : IDiffusionScheduler
{
    private readonly LcmOptions _options;

    /// <summary>Builds the schedule of the options.</summary>
    public LcmScheduler(LcmOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        Noise = NoiseSchedule.Create(options);
        FinalAlphaBar = _options.SetAlphaToOne ? 1.0 : Noise.AlphaBar(0);
    }

    /// <inheritdoc/>
    public NoiseSchedule Noise { get; }

    /// <inheritdoc/>
    public PredictionType Prediction => _options.Prediction;

    /// <summary>alpha-bar of the level before the first timestep.</summary>
    public double FinalAlphaBar { get; }

    /// <summary>Descending timesteps of a run, see <see cref="TimestepGrid.Consistency"/>.</summary>
    public int[] Timesteps(int steps, double strength = 1.0) => TimestepGrid.Consistency(steps, Noise.Count, _options.OriginalSteps, strength);

    /// <inheritdoc/>
    public ISampler Start(int steps) => new Sampler(this, Timesteps(steps));

    /// <summary>The consistency function f(z, t): the model's estimate of the clean latent; the caller's.</summary>
    public Tensor Denoise(Tensor output, Tensor sample, int timestep)
    {
        float scaled = timestep * (float)_options.TimestepScaling;
        float variance = (float)(_options.SigmaData * _options.SigmaData);
        float skip = variance / ((scaled * scaled) + variance);
        float outer = scaled / MathF.Sqrt((scaled * scaled) + variance);
        using Tensor read = OutputTransform.At(Prediction, Noise.AlphaBar(timestep)).Original(sample, output);
        using Tensor original = _options.ClipSample ? read.clamp(-_options.ClipRange, _options.ClipRange) : read.alias();
        return Affine.Combine(original, outer, sample, skip);
    }

    private sealed class Sampler(LcmScheduler scheduler, int[] timesteps) : ISampler
    {
        public IReadOnlyList<double> Timesteps { get; } = Array.ConvertAll(timesteps, t => (double)t);

        public double InitialNoiseScale => 1.0;

        public bool NeedsNoise(int index) => index < timesteps.Length - 1;

        public Tensor ScaleInput(int index, Tensor sample) => sample.alias();

        public Tensor Step(int index, Tensor output, Tensor sample, Tensor? noise = null)
        {
            Tensor denoised = scheduler.Denoise(output, sample, timesteps[index]);
            if (!NeedsNoise(index))
            {
                return denoised;
            }

            ArgumentNullException.ThrowIfNull(noise);
            using (denoised)
            {
                float abNext = (float)scheduler.Noise.AlphaBar(timesteps[index + 1], scheduler.FinalAlphaBar);
                return Affine.Combine(denoised, MathF.Sqrt(abNext), noise, MathF.Sqrt(1f - abNext));
            }
        }

        public void Dispose()
        {
        }
    }
}
