using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>
/// Pseudo linear multistep sampling (PLMS): Liu et al. 2022, arXiv 2202.09778, eq. (9) and (12); the form without Runge-Kutta start that Stable Diffusion uses (skip_prk_steps).
/// </summary>
/// <remarks>The second timestep is visited twice: n steps are n + 1 model calls. The second call repeats the first step from the saved sample with the average of both outputs.</remarks>
public sealed class PndmScheduler : IDiffusionScheduler
{
    private readonly PndmOptions _options;

    /// <summary>Builds the schedule of the options.</summary>
    public PndmScheduler(PndmOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Prediction == PredictionType.Sample)
        {
            throw new ArgumentException("PNDM combines noise predictions: a model that predicts the sample needs another scheduler", nameof(options));
        }

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

    /// <summary>Descending timesteps of the n + 1 model calls; for one step there is no second timestep to repeat.</summary>
    public int[] Timesteps(int steps)
    {
        int[] grid = TimestepGrid.Create(_options.Spacing, steps, Noise.Count, _options.StepsOffset);
        return steps == 1 ? grid : [grid[0], grid[1], .. grid[1..]];
    }

    /// <inheritdoc/>
    public ISampler Start(int steps) => new Sampler(this, Timesteps(steps), Noise.Count / steps);

    // Liu et al. eq. (9), written for alpha-bar; for velocity models the output is turned to noise first.
    private Tensor Transfer(Tensor output, Tensor sample, int from, int to)
    {
        float ab = (float)Noise.AlphaBar(Math.Min(from, Noise.Count - 1));
        float abPrev = (float)Noise.AlphaBar(to, FinalAlphaBar);
        float denominator = (ab * MathF.Sqrt(1f - abPrev)) + MathF.Sqrt(ab * (1f - ab) * abPrev);
        using Tensor epsilon = OutputTransform.At(Prediction, ab).Epsilon(sample, output);
        using Tensor change = (epsilon * (abPrev - ab)).div_(-denominator);
        return (sample * MathF.Sqrt(abPrev / ab)).add_(change);
    }

    private sealed class Sampler(PndmScheduler scheduler, int[] timesteps, int stride) : ISampler
    {
        // Adams-Bashforth coefficients, newest output first: eq. (12) and its start. The sums of two and three are divided, that of four multiplied by 1/24.
        private static readonly float[][] Weights = [[1], [3, -1], [23, -16, 5], [55, -59, 37, -9]];
        private static readonly float[] Divisors = [1, 2, 12, 1];
        private static readonly float[] Factors = [1, 1, 1, 1f / 24];

        private readonly List<Tensor> _outputs = [];
        private Tensor? _first;

        public IReadOnlyList<double> Timesteps { get; } = Array.ConvertAll(timesteps, t => (double)t);

        public double InitialNoiseScale => 1.0;

        public bool NeedsNoise(int index) => false;

        public Tensor ScaleInput(int index, Tensor sample) => sample.alias();

        public Tensor Step(int index, Tensor output, Tensor sample, Tensor? noise = null)
        {
            if (index == 1)
            {
                using Tensor average = (_outputs[0] + output).div_(2.0);
                using Tensor saved = _first!;
                _first = null;
                return scheduler.Transfer(average, saved, timesteps[1] + stride, timesteps[1]);
            }

            Remember(output);
            if (index == 0)
            {
                _first = sample.alias().DetachFromDisposeScope();
            }

            using Tensor combined = Combined();
            return scheduler.Transfer(combined, sample, timesteps[index], timesteps[index] - stride);
        }

        public void Dispose()
        {
            _outputs.ForEach(o => o.Dispose());
            _outputs.Clear();
            _first?.Dispose();
        }

        private void Remember(Tensor output)
        {
            _outputs.Insert(0, output.alias().DetachFromDisposeScope());
            if (_outputs.Count > Weights.Length)
            {
                _outputs[^1].Dispose();
                _outputs.RemoveAt(_outputs.Count - 1);
            }
        }

        private Tensor Combined()
        {
            float[] weights = Weights[_outputs.Count - 1];
            Tensor sum = _outputs[0] * weights[0];
            for (int i = 1; i < weights.Length; i++)
            {
                Affine.AddTo(sum, _outputs[i], weights[i]);
            }

            return sum.div_(Divisors[_outputs.Count - 1]).mul_(Factors[_outputs.Count - 1]);
        }
    }
}
