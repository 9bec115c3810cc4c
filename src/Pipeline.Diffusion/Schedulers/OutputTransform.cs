using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>
/// Reads a model's output o at one noise level: x0 and epsilon from z = signal·x0 + noise·epsilon and from what the model predicts.
/// </summary>
/// <remarks>Single precision and this order of operations, as in the code that published trajectories come from.</remarks>
public readonly struct OutputTransform
{
    private readonly PredictionType _type;
    private readonly float _signal;
    private readonly float _noise;

    /// <summary>The transform of a prediction type where the sample has the shares <paramref name="signal"/> of x0 and <paramref name="noise"/> of epsilon.</summary>
    /// <exception cref="ArgumentException">The level is pure noise (signal 0), at which an epsilon prediction says nothing about x0.</exception>
    public OutputTransform(PredictionType type, float signal, float noise)
    {
        if (type == PredictionType.Epsilon && !(signal > 0f))
        {
            throw new ArgumentException("a model that predicts the noise cannot start from pure noise (alpha-bar 0): use a schedule without rescale_betas_zero_snr");
        }

        (_type, _signal, _noise) = (type, signal, noise);
    }

    /// <summary>The transform at the level of an alpha-bar: signal = sqrt(ab), noise = sqrt(1 − ab).</summary>
    public static OutputTransform At(PredictionType type, double alphaBar) => new(type, MathF.Sqrt((float)alphaBar), MathF.Sqrt(1f - (float)alphaBar));

    /// <summary>x0; the result is the caller's.</summary>
    public Tensor Original(Tensor sample, Tensor output) => _type switch
    {
        PredictionType.Epsilon => (output * -_noise).add_(sample).div_(_signal),
        PredictionType.Velocity => Affine.Combine(sample, _signal, output, -_noise),
        _ => output.alias(),
    };

    /// <summary>epsilon; the result is the caller's.</summary>
    public Tensor Epsilon(Tensor sample, Tensor output) => _type switch
    {
        PredictionType.Epsilon => output.alias(),
        PredictionType.Velocity => Affine.Combine(output, _signal, sample, _noise),
        _ => (output * -_signal).add_(sample).div_(_noise),
    };
}
