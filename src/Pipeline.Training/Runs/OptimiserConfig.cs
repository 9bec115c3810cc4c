namespace Pipeline.Training.Runs;

/// <summary>How the weights are changed.</summary>
public sealed record OptimiserConfig
{
    /// <summary>Highest learning rate.</summary>
    public required double Rate { get; init; }

    /// <summary>Learning rate at the last step of a cosine.</summary>
    public double FloorRate { get; init; }

    /// <summary>Steps over which the rate rises linearly from 0.</summary>
    public int WarmUp { get; init; }

    /// <summary>After the warm-up.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Cosine;

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the denominator.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of matrices and kernels; biases and norms have none.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Largest joint norm of all gradients; 0 leaves them as they are.</summary>
    public double GradientNorm { get; init; } = 1;

    /// <summary>Learning rate of a step.</summary>
    /// <param name="step">1 for the first update.</param>
    /// <param name="steps">Updates of the whole run.</param>
    public double RateAt(long step, long steps)
    {
        if (step <= WarmUp)
        {
            return Rate * step / WarmUp;
        }

        double progress = (double)(step - WarmUp) / Math.Max(1, steps - WarmUp);
        return Schedule == RateSchedule.Constant ? Rate : FloorRate + ((Rate - FloorRate) * 0.5 * (1 + Math.Cos(Math.PI * progress)));
    }

    internal string? Problem() =>
        !(Rate > 0) || !double.IsFinite(Rate) ? "optimiser.rate must be a positive number"
        : !(FloorRate >= 0 && FloorRate <= Rate) ? "optimiser.floorRate must lie between 0 and rate"
        : WarmUp < 0 ? "optimiser.warmUp must not be negative"
        : !(Beta1 is >= 0 and < 1 && Beta2 is >= 0 and < 1) ? "optimiser.beta1 and beta2 must lie in [0, 1)"
        : !(Epsilon > 0) ? "optimiser.epsilon must be positive"
        : !(WeightDecay >= 0) ? "optimiser.weightDecay must not be negative"
        : !(GradientNorm >= 0) ? "optimiser.gradientNorm must not be negative"
        : null;
}
