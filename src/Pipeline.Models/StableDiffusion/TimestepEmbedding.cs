using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>
/// Two linear layers over a sinusoidal embedding of the timestep (Ho et al. 2020, arXiv 2006.11239, appendix B), and the sinusoids themselves.
/// </summary>
public sealed class TimestepEmbedding : nn.Module
{
    private readonly string _activation;
    private readonly Linear? cond_proj;
    private readonly Linear linear_1;
    private readonly Linear linear_2;

    /// <summary>Takes the weights from <paramref name="w"/>; <paramref name="conditionSize"/> above 0 adds the projection of a guidance embedding.</summary>
    public TimestepEmbedding(WeightSource w, long inputSize, long size, string activation, long conditionSize = 0)
        : base(nameof(TimestepEmbedding))
    {
        ArgumentNullException.ThrowIfNull(w);
        _activation = activation;
        linear_1 = new Linear(w.Sub("linear_1"), inputSize, size);
        cond_proj = conditionSize > 0 ? new Linear(w.Sub("cond_proj"), conditionSize, inputSize, false) : null;
        linear_2 = new Linear(w.Sub("linear_2"), size, size);
        RegisterComponents();
    }

    /// <summary>[B, inputSize] (+ condition [B, conditionSize]) to [B, size]; the result is the caller's.</summary>
    public Tensor Forward(Tensor sinusoid, Tensor? condition = null)
    {
        using var scope = NewDisposeScope();
        Tensor x = sinusoid;
        if (condition is not null)
        {
            x += cond_proj?.call(condition)
                ?? throw new ArgumentException("a guidance embedding was given to a model that has none (time_cond_proj_dim)", nameof(condition));
        }

        return linear_2.call(Activations.Consume(_activation, linear_1.call(x))).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Sines and cosines of n positions, [n] to [n, size], in single precision: frequencies exp(−ln(10000)·k/(half − shift)), k = 0..half−1, half = size/2.
    /// </summary>
    /// <param name="positions">Positions of any type, [n].</param>
    /// <param name="size">Even number of channels.</param>
    /// <param name="cosineFirst">Whether the cosines come first (flip_sin_to_cos).</param>
    /// <param name="shift">freq_shift: 0 in Stable Diffusion.</param>
    public static Tensor Sinusoid(Tensor positions, long size, bool cosineFirst, double shift)
    {
        ArgumentNullException.ThrowIfNull(positions);
        using var scope = NewDisposeScope();
        long half = size / 2;
        Tensor exponent = arange(half, ScalarType.Float32, positions.device) * -Math.Log(10000.0);
        Tensor frequency = (exponent / (half - shift)).exp();
        Tensor angle = positions.to(ScalarType.Float32).unsqueeze(1) * frequency.unsqueeze(0);      // [n, half]
        Tensor[] parts = cosineFirst ? [angle.cos(), angle.sin()] : [angle.sin(), angle.cos()];
        return cat(parts, 1).MoveToOuterDisposeScope();                                             // [n, size]
    }

    /// <summary>
    /// The embedding of guidance scales that guidance-distilled models take (Luo et al. 2023, arXiv 2310.04378): the sinusoid of 1000·(scale − 1), sines first, shift 1, [n] to [n, size].
    /// </summary>
    public static Tensor Guidance(Tensor scales, long size)
    {
        ArgumentNullException.ThrowIfNull(scales);
        using Tensor positions = (scales - 1.0) * 1000.0;
        return Sinusoid(positions, size, false, 1.0);
    }
}
