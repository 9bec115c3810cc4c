using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>
/// Denoising diffusion implicit models: Song, Meng and Ermon 2020, arXiv 2010.02502, eq. (12) and (16).
/// </summary>
/// <remarks>
/// ab = alpha-bar at the current timestep t, abPrev at the one arrived at. The previous timestep is t − T div n for every spacing; before timestep 0 the level is alpha-bar of
/// timestep 0, or 1 where the options say so. The direction keeps the unclipped epsilon when x0 is clipped.
/// </remarks>
public sealed class DdimScheduler : IDiffusionScheduler
{
    private readonly DdimOptions _options;

    /// <summary>Builds the schedule of the options.</summary>
    public DdimScheduler(DdimOptions options)
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

    /// <summary>Descending timesteps of a run.</summary>
    public int[] Timesteps(int steps) => TimestepGrid.Create(_options.Spacing, steps, Noise.Count, _options.StepsOffset);

    /// <summary>Distance of a timestep to the previous one, T div n.</summary>
    public int Stride(int steps) => Noise.Count / steps;

    /// <summary>alpha-bar of a timestep; a negative one gives <see cref="FinalAlphaBar"/>.</summary>
    public double AlphaBar(int timestep) => Noise.AlphaBar(timestep, FinalAlphaBar);

    /// <inheritdoc/>
    public ISampler Start(int steps) => new Sampler(this, Timesteps(steps), Stride(steps), _options.Eta);

    /// <summary>One step from timestep <paramref name="from"/> down to <paramref name="to"/> (negative: the level before the first timestep).</summary>
    /// <param name="output">The model's output for the sample at <paramref name="from"/>.</param>
    /// <param name="sample">The sample at <paramref name="from"/>.</param>
    /// <param name="from">Timestep in 0..T−1.</param>
    /// <param name="to">Timestep below it.</param>
    /// <param name="eta">Share of the DDPM noise; above 0 the noise must be given.</param>
    /// <param name="noise">Standard normal noise of the sample's shape.</param>
    /// <returns>The sample at <paramref name="to"/>, the caller's.</returns>
    public Tensor Step(Tensor output, Tensor sample, int from, int to, double eta = 0.0, Tensor? noise = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(sample);
        float ab = (float)Noise.AlphaBar(from);
        float abPrev = (float)AlphaBar(to);
        float sigma = (float)eta * MathF.Sqrt((1f - abPrev) / (1f - ab) * (1f - (ab / abPrev)));     // eq. (16)
        OutputTransform read = OutputTransform.At(Prediction, ab);
        using Tensor original = Clipped(read.Original(sample, output));
        using Tensor epsilon = read.Epsilon(sample, output);

        // eq. (12)
        Tensor result = Affine.Combine(original, MathF.Sqrt(abPrev), epsilon, MathF.Sqrt(1f - abPrev - (sigma * sigma)));
        if (sigma > 0f)
        {
            ArgumentNullException.ThrowIfNull(noise);
            Affine.AddTo(result, noise, sigma);
        }

        return result;
    }

    /// <summary>The sample at <paramref name="to"/> that a clean sample and the noise in it make, eq. (12) with eta = 0; the caller's.</summary>
    /// <param name="original">x0, as predicted or changed since.</param>
    /// <param name="epsilon">The predicted noise.</param>
    /// <param name="to">Timestep; a negative one is the level before the first.</param>
    public Tensor Arrive(Tensor original, Tensor epsilon, int to)
    {
        float abPrev = (float)AlphaBar(to);
        return Affine.Combine(original, MathF.Sqrt(abPrev), epsilon, MathF.Sqrt(1f - abPrev));
    }

    /// <summary>The x0 that an output at timestep <paramref name="timestep"/> stands for, clamped where the options say so; the caller's.</summary>
    public Tensor PredictOriginal(Tensor output, Tensor sample, int timestep) =>
        Clipped(OutputTransform.At(Prediction, Noise.AlphaBar(timestep)).Original(sample, output));

    private Tensor Clipped(Tensor fresh)
    {
        if (!_options.ClipSample)
        {
            return fresh;
        }

        using (fresh)
        {
            return fresh.clamp(-_options.ClipRange, _options.ClipRange);
        }
    }

    private sealed class Sampler(DdimScheduler scheduler, int[] timesteps, int stride, double eta) : ISampler
    {
        public IReadOnlyList<double> Timesteps { get; } = Array.ConvertAll(timesteps, t => (double)t);

        public double InitialNoiseScale => 1.0;

        public bool NeedsNoise(int index) => eta > 0.0;

        public Tensor ScaleInput(int index, Tensor sample) => sample.alias();

        public Tensor Step(int index, Tensor output, Tensor sample, Tensor? noise = null) =>
            scheduler.Step(output, sample, timesteps[index], timesteps[index] - stride, eta, noise);

        public void Dispose()
        {
        }
    }
}
