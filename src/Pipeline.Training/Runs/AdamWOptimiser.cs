using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, algorithm 2) whose moments can be stored and restored, as resuming needs. Owns the moments; the parameters stay the network's.
/// </summary>
public sealed class AdamWOptimiser : IDisposable
{
    private readonly OptimiserConfig _config;
    private readonly IReadOnlyList<(string Name, Parameter Value)> _parameters;
    private readonly (Tensor First, Tensor Second)[] _moments;

    /// <summary>Moments start at zero.</summary>
    public AdamWOptimiser(IReadOnlyList<(string Name, Parameter Value)> parameters, OptimiserConfig config)
    {
        (_parameters, _config) = (parameters, config);
        _moments = [.. parameters.Select(p => (Moment(p.Value), Moment(p.Value)))];
    }

    /// <summary>The moments as <c>{parameter}.exp_avg</c> and <c>{parameter}.exp_avg_sq</c>; they stay the optimiser's.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Moments =>
        [.. _parameters.SelectMany((p, i) => new[] { (p.Name + ".exp_avg", _moments[i].First), (p.Name + ".exp_avg_sq", _moments[i].Second) })];

    /// <summary>Changes the parameters by their gradients.</summary>
    /// <param name="step">1 for the first update: the bias correction.</param>
    /// <param name="rate">Learning rate of this update.</param>
    public void Step(long step, double rate)
    {
        double firstScale = 1 - Math.Pow(_config.Beta1, step), secondScale = Math.Sqrt(1 - Math.Pow(_config.Beta2, step));
        using IDisposable recording = no_grad();
        for (int i = 0; i < _parameters.Count; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Parameter parameter = _parameters[i].Value;
            if (parameter.grad is not { } gradient)
            {
                continue;
            }

            (Tensor first, Tensor second) = _moments[i];
            if (_config.WeightDecay > 0 && parameter.ndim > 1)
            {
                _ = parameter.mul_(1 - (rate * _config.WeightDecay));                  // θ ← θ − ηλθ
            }

            _ = first.mul_(_config.Beta1).add_(gradient, 1 - _config.Beta1);           // m ← β₁m + (1 − β₁)g
            _ = second.mul_(_config.Beta2).addcmul_(gradient, gradient, 1 - _config.Beta2);
            Tensor denominator = second.sqrt().div_(secondScale).add_(_config.Epsilon); // √v̂ + ε
            _ = parameter.addcdiv_(first, denominator, -rate / firstScale);            // θ ← θ − η m̂ / (√v̂ + ε)
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach ((Tensor first, Tensor second) in _moments)
        {
            first.Dispose();
            second.Dispose();
        }
    }

    private static Tensor Moment(Parameter parameter)
    {
        using IDisposable recording = no_grad();
        return zeros_like(parameter).DetachFromDisposeScope();
    }
}
