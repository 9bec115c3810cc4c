using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>
/// Reads a model's output at one noise level: x0 and epsilon are both affine in the sample z and the output o,
/// x0 = <see cref="OriginalOfSample"/>·z + <see cref="OriginalOfOutput"/>·o and epsilon = <see cref="EpsilonOfSample"/>·z + <see cref="EpsilonOfOutput"/>·o.
/// </summary>
/// <param name="OriginalOfSample">Coefficient of z in x0.</param>
/// <param name="OriginalOfOutput">Coefficient of o in x0.</param>
/// <param name="EpsilonOfSample">Coefficient of z in epsilon.</param>
/// <param name="EpsilonOfOutput">Coefficient of o in epsilon.</param>
public readonly record struct OutputTransform(double OriginalOfSample, double OriginalOfOutput, double EpsilonOfSample, double EpsilonOfOutput)
{
    /// <summary>The transform of a prediction type at noise level <paramref name="alphaBar"/>.</summary>
    /// <exception cref="ArgumentException">The level is pure noise (alpha-bar 0), at which an epsilon prediction says nothing about x0.</exception>
    public static OutputTransform At(PredictionType type, double alphaBar)
    {
        double signal = Math.Sqrt(alphaBar);
        double noise = Math.Sqrt(1.0 - alphaBar);
        return type switch
        {
            // z = signal·x0 + noise·eps
            PredictionType.Epsilon when alphaBar > 0 => new(1.0 / signal, -noise / signal, 0.0, 1.0),
            PredictionType.Epsilon => throw new ArgumentException("a model that predicts the noise cannot start from pure noise (alpha-bar 0): use a schedule without rescale_betas_zero_snr"),
            // v = signal·eps − noise·x0
            PredictionType.Velocity => new(signal, -noise, noise, signal),
            PredictionType.Sample => new(0.0, 1.0, 1.0 / noise, -signal / noise),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown prediction type"),
        };
    }

    /// <summary>x0; the result is the caller's.</summary>
    public Tensor Original(Tensor sample, Tensor output) => Affine.Combine(sample, OriginalOfSample, output, OriginalOfOutput);

    /// <summary>epsilon; the result is the caller's.</summary>
    public Tensor Epsilon(Tensor sample, Tensor output) => Affine.Combine(sample, EpsilonOfSample, output, EpsilonOfOutput);

    /// <summary>original·x0 + epsilon·eps in one affine operation; the result is the caller's.</summary>
    public Tensor Mix(Tensor sample, Tensor output, double original, double epsilon) => Affine.Combine(
        sample,
        (original * OriginalOfSample) + (epsilon * EpsilonOfSample),
        output,
        (original * OriginalOfOutput) + (epsilon * EpsilonOfOutput));
}
