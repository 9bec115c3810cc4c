using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>
/// The forward process: beta and the cumulative product ab (alpha-bar) of 1 − beta, for timesteps 0..T−1. Immutable and without tensors, so it is shared freely.
/// </summary>
/// <remarks>
/// Ho et al. 2020, arXiv 2006.11239, section 2. Both tables are computed in single precision in the order in which PyTorch code does it (linspace, square, cumulative product), since published
/// weights were trained with those very numbers.
/// </remarks>
public sealed class NoiseSchedule
{
    private readonly float[] _betas;
    private readonly float[] _alphaBar;

    private NoiseSchedule(float[] betas, float[] alphaBar) => (_betas, _alphaBar) = (betas, alphaBar);

    /// <summary>T, the number of training timesteps.</summary>
    public int Count => _betas.Length;

    /// <summary>beta per timestep.</summary>
    public ReadOnlySpan<float> Betas => _betas;

    /// <summary>alpha-bar per timestep, decreasing.</summary>
    public ReadOnlySpan<float> AlphaBars => _alphaBar;

    /// <summary>alpha-bar of one timestep.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The timestep is not in 0..T−1.</exception>
    public double AlphaBar(int timestep)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(timestep);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(timestep, _alphaBar.Length);
        return _alphaBar[timestep];
    }

    /// <summary>alpha-bar of one timestep, or <paramref name="beforeFirst"/> for a negative one: the level that a sampler's last step arrives at.</summary>
    public double AlphaBar(int timestep, double beforeFirst) => timestep < 0 ? beforeFirst : AlphaBar(timestep);

    /// <summary>sqrt((1 − ab)/ab) of every timestep: the noise level of the variance-exploding form, in which Euler and DPM-Solver work.</summary>
    /// <exception cref="InvalidOperationException">The schedule ends in pure noise, where sigma is infinite.</exception>
    public float[] Sigmas() => _alphaBar[^1] > 0f
        ? Array.ConvertAll(_alphaBar, a => MathF.Sqrt((1f - a) / a))
        : throw new InvalidOperationException("a schedule that ends in pure noise (rescale_betas_zero_snr) has no finite sigma: use DDIM with it");

    /// <summary>Builds the schedule that the options describe.</summary>
    /// <exception cref="ArgumentException">Fewer than two timesteps, or a beta outside [0, 1).</exception>
    public static NoiseSchedule Create(SchedulerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        int count = options.TrainedBetas?.Count ?? options.TrainTimesteps;
        if (count is < 2 or > 1_000_000)
        {
            throw new ArgumentException($"a noise schedule needs 2 to 1000000 training timesteps, not {count}", nameof(options));
        }

        using var scope = NewDisposeScope();
        using var inference = no_grad();
        Tensor beta = Betas32(options, count);
        if (options.RescaleZeroSnr)
        {
            beta = RescaleToZeroSnr(beta);
        }

        float[] betas = Values(beta);
        if (Array.Exists(betas, b => !(b is >= 0f and <= 1f)))
        {
            throw new ArgumentException("the schedule has a beta outside [0, 1]: check beta_start, beta_end and trained_betas", nameof(options));
        }

        return new NoiseSchedule(betas, Values(CumulativeAlpha(beta)));
    }

    /// <summary>sqrt(ab)·x0 + sqrt(1−ab)·noise for one timestep; the result is the caller's.</summary>
    public Tensor AddNoise(Tensor original, Tensor noise, int timestep)
    {
        float a = (float)AlphaBar(timestep);
        return Affine.Combine(original, MathF.Sqrt(a), noise, MathF.Sqrt(1f - a));
    }

    /// <summary>sqrt(ab)·x0 + sqrt(1−ab)·noise with a timestep per sample, [B, ...]; the result is the caller's.</summary>
    public Tensor AddNoise(Tensor original, Tensor noise, IReadOnlyList<int> timesteps) =>
        Mix(original, noise, timesteps, MathF.Sqrt, a => MathF.Sqrt(1f - a));

    /// <summary>The training target of a velocity model, sqrt(ab)·noise − sqrt(1−ab)·x0, with a timestep per sample, [B, ...]; the result is the caller's.</summary>
    public Tensor Velocity(Tensor original, Tensor noise, IReadOnlyList<int> timesteps) =>
        Mix(original, noise, timesteps, a => -MathF.Sqrt(1f - a), MathF.Sqrt);

    private Tensor Mix(Tensor original, Tensor noise, IReadOnlyList<int> timesteps, Func<float, float> ofOriginal, Func<float, float> ofNoise)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(timesteps);
        if (timesteps.Count != original.shape[0])
        {
            throw new ArgumentException($"{timesteps.Count} timesteps for a batch of {original.shape[0]}", nameof(timesteps));
        }

        using var scope = NewDisposeScope();
        Tensor scaled = original * PerSample(original, timesteps, ofOriginal);
        return scaled.add_(noise * PerSample(original, timesteps, ofNoise)).MoveToOuterDisposeScope();
    }

    // [B, 1, 1, ...] on the device and in the type of the data
    private Tensor PerSample(Tensor like, IReadOnlyList<int> timesteps, Func<float, float> coefficient)
    {
        float[] values = [.. timesteps.Select(t => coefficient((float)AlphaBar(t)))];
        long[] shape = new long[like.shape.Length];
        Array.Fill(shape, 1L);
        shape[0] = values.Length;
        return tensor(values).to(like.dtype).to(like.device).view(shape);
    }

    private static Tensor Betas32(SchedulerOptions options, int count)
    {
        if (options.TrainedBetas is { } trained)
        {
            return tensor(trained.Select(b => (float)b).ToArray());
        }

        return options.BetaSchedule switch
        {
            BetaSchedule.Linear => linspace(options.BetaStart, options.BetaEnd, count, ScalarType.Float32),
            BetaSchedule.ScaledLinear => linspace(Math.Sqrt(options.BetaStart), Math.Sqrt(options.BetaEnd), count, ScalarType.Float32).square(),
            BetaSchedule.SquaredCosine => tensor(SquaredCosineBetas(count)),
            _ => throw new ArgumentException($"unknown beta schedule {options.BetaSchedule}", nameof(options)),
        };
    }

    /// <summary>The elements of a float32 vector on the CPU.</summary>
    internal static float[] Values(Tensor vector)
    {
        using var values = vector.data<float>();
        return values.ToArray();
    }

    private static float[] SquaredCosineBetas(int count)
    {
        static double Level(double t) => Math.Pow(Math.Cos((t + 0.008) / 1.008 * Math.PI / 2.0), 2.0);
        float[] betas = new float[count];
        for (int i = 0; i < count; i++)
        {
            betas[i] = (float)Math.Min(1.0 - (Level((i + 1.0) / count) / Level((double)i / count)), 0.999);
        }

        return betas;
    }

    private static Tensor CumulativeAlpha(Tensor beta) => (1.0f - beta).cumprod(0);

    // Lin et al., algorithm 1: shift sqrt(ab) so that its last value is 0, then scale so that its first value stays.
    private static Tensor RescaleToZeroSnr(Tensor beta)
    {
        Tensor root = CumulativeAlpha(beta).sqrt();
        long rest = root.shape[0] - 1;
        Tensor first = root.narrow(0, 0, 1);
        Tensor last = root.narrow(0, rest, 1);
        root = (root - last) * (first / (first - last));
        Tensor bar = root.square();
        Tensor alpha = cat([bar.narrow(0, 0, 1), bar.narrow(0, 1, rest) / bar.narrow(0, 0, rest)], 0);
        return 1.0f - alpha;
    }
}
