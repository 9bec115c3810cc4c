using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>DPM-Solver++ in its multistep form (2M): Lu et al. 2022, arXiv 2211.01095, eq. (9) and algorithm 2.</summary>
/// <remarks>alpha = 1/sqrt(sigma² + 1), s = sigma·alpha, lambda = ln alpha − ln s = −ln sigma; h is the step in lambda, r0 the previous step over this one.</remarks>
public sealed class DpmSolverMultistepScheduler : IDiffusionScheduler
{
    private const int FewSteps = 15;
    private readonly DpmSolverOptions _options;

    /// <summary>Builds the schedule of the options.</summary>
    public DpmSolverMultistepScheduler(DpmSolverOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.SolverOrder is not (1 or 2))
        {
            throw new ArgumentException($"solver order {options.SolverOrder}: 1 and 2 are supported", nameof(options));
        }

        _options = options;
        Noise = NoiseSchedule.Create(options);
    }

    /// <inheritdoc/>
    public NoiseSchedule Noise { get; }

    /// <inheritdoc/>
    public PredictionType Prediction => _options.Prediction;

    /// <summary>Descending timesteps and the n + 1 noise levels of a run.</summary>
    public (int[] Timesteps, float[] Sigmas) Levels(int steps)
    {
        float[] training = Noise.Sigmas();
        int[] timesteps;
        double[] sigmas;
        if (_options.UseKarrasSigmas)
        {
            sigmas = SigmaGrid.Karras(training[0], training[^1], steps);
            timesteps = Array.ConvertAll(sigmas, s => (int)Math.Round(SigmaGrid.TimestepOf(s, training), MidpointRounding.ToEven));
        }
        else
        {
            timesteps = Selected(steps, training);
            sigmas = Array.ConvertAll(timesteps, t => (double)training[t]);
        }

        double last = _options.FinalSigmaZero ? 0.0 : _options.UseKarrasSigmas ? sigmas[^1] : training[0];
        return (timesteps, [.. sigmas.Append(last).Select(s => (float)s)]);
    }

    /// <inheritdoc/>
    public ISampler Start(int steps)
    {
        (int[] timesteps, float[] sigmas) = Levels(steps);
        return new Sampler(this, timesteps, sigmas);
    }

    // One more point than steps is laid out and the last, least noisy one is dropped: the solver ends on the appended level instead.
    private int[] Selected(int steps, float[] training)
    {
        int range = training.Count(s => -Math.Log(s) >= _options.LambdaMinClipped);
        return _options.Spacing == TimestepSpacing.Trailing
            ? TimestepGrid.Trailing(steps, range)
            : TimestepGrid.Create(_options.Spacing, steps + 1, range, _options.Spacing == TimestepSpacing.Leading ? _options.StepsOffset : 0)[..^1];
    }

    private bool FirstOrder(int index, int steps) =>
        _options.SolverOrder == 1 || index == 0
        || (index == steps - 1 && (_options.EulerAtFinal || _options.FinalSigmaZero || (_options.LowerOrderFinal && steps < FewSteps)));

    private sealed class Sampler(DpmSolverMultistepScheduler scheduler, int[] timesteps, float[] sigmas) : ISampler
    {
        private readonly SolverLevel[] _levels = SolverLevel.Of(sigmas);
        private Tensor? _previous;

        public IReadOnlyList<double> Timesteps { get; } = Array.ConvertAll(timesteps, t => (double)t);

        public double InitialNoiseScale => 1.0;

        public bool NeedsNoise(int index) => false;

        public Tensor ScaleInput(int index, Tensor sample) => sample.alias();

        public Tensor Step(int index, Tensor output, Tensor sample, Tensor? noise = null)
        {
            (SolverLevel from, SolverLevel to) = (_levels[index], _levels[index + 1]);
            Tensor original = new OutputTransform(scheduler.Prediction, from.Alpha, from.Sigma).Original(sample, output);
            Tensor result = Affine.Combine(sample, to.Sigma / from.Sigma, original, -(to.Alpha * to.Decay));
            if (_previous is not null && !scheduler.FirstOrder(index, timesteps.Length))
            {
                float h = to.Lambda - from.Lambda;
                float r0 = (from.Lambda - _levels[index - 1].Lambda) / h;
                using Tensor change = (original - _previous).mul_(1f / r0);
                Affine.AddTo(result, change, scheduler._options.Heun ? to.Alpha * ((to.Decay / h) + 1f) : -0.5f * (to.Alpha * to.Decay));
            }

            _previous?.Dispose();
            _previous = original.DetachFromDisposeScope();
            return result;
        }

        public void Dispose() => _previous?.Dispose();
    }
}
