using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>
/// The DDIM step run backwards, from a clean latent to its start code: Dhariwal and Nichol 2021, arXiv 2105.05233, appendix F; Mokady et al. 2022, arXiv 2211.09794, section 3.1.
/// </summary>
/// <remarks>
/// To arrive at timestep t the model is called at t, on the latent that still lies at t − T div n: the convention of the prompt-to-prompt code and of diffusers' inverse scheduler.
/// The first start level is alpha-bar of timestep 0 (or 1, see <see cref="DdimOptions.SetAlphaToOne"/>).
/// </remarks>
public sealed class DdimInverseScheduler : IDiffusionScheduler
{
    private readonly DdimOptions _options;

    /// <summary>Builds the schedule of the options; the eta option is ignored, inversion is deterministic.</summary>
    public DdimInverseScheduler(DdimOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        Noise = NoiseSchedule.Create(options);
        InitialAlphaBar = _options.SetAlphaToOne ? 1.0 : Noise.AlphaBar(0);
    }

    /// <inheritdoc/>
    public NoiseSchedule Noise { get; }

    /// <inheritdoc/>
    public PredictionType Prediction => _options.Prediction;

    /// <summary>alpha-bar that the clean latent is taken to have.</summary>
    public double InitialAlphaBar { get; }

    /// <summary>Ascending timesteps of a run: those of the sampling run, reversed.</summary>
    public int[] Timesteps(int steps)
    {
        int[] timesteps = TimestepGrid.Create(_options.Spacing, steps, Noise.Count, _options.StepsOffset);
        Array.Reverse(timesteps);
        return timesteps;
    }

    /// <summary>alpha-bar of a timestep; a negative one gives <see cref="InitialAlphaBar"/>.</summary>
    public double AlphaBar(int timestep) => Noise.AlphaBar(timestep, InitialAlphaBar);

    /// <inheritdoc/>
    public ISampler Start(int steps) => new Sampler(this, Timesteps(steps), Noise.Count / steps);

    /// <summary>One step from the level of timestep <paramref name="from"/> (negative: the clean level) up to <paramref name="to"/>.</summary>
    /// <returns>The latent at <paramref name="to"/>, the caller's.</returns>
    public Tensor Step(Tensor output, Tensor sample, int from, int to)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(sample);
        float abNext = (float)Noise.AlphaBar(to);
        OutputTransform read = OutputTransform.At(Prediction, AlphaBar(Math.Min(from, Noise.Count - 1)));
        using Tensor original = read.Original(sample, output);
        using Tensor epsilon = read.Epsilon(sample, output);
        return Affine.Combine(original, MathF.Sqrt(abNext), epsilon, MathF.Sqrt(1f - abNext));
    }

    private sealed class Sampler(DdimInverseScheduler scheduler, int[] timesteps, int stride) : ISampler
    {
        public IReadOnlyList<double> Timesteps { get; } = Array.ConvertAll(timesteps, t => (double)t);

        public double InitialNoiseScale => 1.0;

        public bool NeedsNoise(int index) => false;

        public Tensor ScaleInput(int index, Tensor sample) => sample.alias();

        public Tensor Step(int index, Tensor output, Tensor sample, Tensor? noise = null) =>
            scheduler.Step(output, sample, timesteps[index] - stride, timesteps[index]);

        public void Dispose()
        {
        }
    }
}
