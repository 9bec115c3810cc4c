using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>Exponential moving average of the weights, with a short memory at the start: decay min(d, (1 + t) / (10 + t)). Owns its tensors.</summary>
public sealed class WeightAverage : IDisposable
{
    private readonly IReadOnlyList<(string Name, Parameter Value)> _parameters;
    private readonly double _decay;
    private readonly Tensor[] _values;

    /// <summary>Starts at the parameters' present values.</summary>
    /// <param name="parameters">The network's.</param>
    /// <param name="decay">0 keeps no memory: the average is the last weights.</param>
    public WeightAverage(IReadOnlyList<(string Name, Parameter Value)> parameters, double decay)
    {
        (_parameters, _decay) = (parameters, decay);
        _values = [.. parameters.Select(p => Copy(p.Value))];
    }

    /// <summary>The averages under the parameters' names; they stay this object's.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Values => [.. _parameters.Select((p, i) => (p.Name, _values[i]))];

    /// <summary>Takes the parameters of one more step in.</summary>
    /// <param name="step">1 after the first update.</param>
    public void Update(long step)
    {
        double decay = Math.Min(_decay, (1.0 + step) / (10.0 + step));
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        for (int i = 0; i < _values.Length; i++)
        {
            _ = _values[i].mul_(decay).add_(_parameters[i].Value, 1 - decay);
        }
    }

    /// <summary>Starts again at the parameters' present values.</summary>
    public void Restart()
    {
        using IDisposable recording = no_grad();
        for (int i = 0; i < _values.Length; i++)
        {
            _ = _values[i].copy_(_parameters[i].Value);
        }
    }

    /// <summary>Runs something with the averages in place of the parameters, which have their own values again afterwards, bit for bit.</summary>
    public T Use<T>(Func<T> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        using IDisposable recording = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor[] own = [.. _parameters.Select(p => Copy(p.Value))];
        try
        {
            Assign(_values);
            return action();
        }
        finally
        {
            Assign(own);
            Array.ForEach(own, t => t.Dispose());
        }
    }

    /// <inheritdoc />
    public void Dispose() => Array.ForEach(_values, t => t.Dispose());

    private static Tensor Copy(Parameter parameter)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        return parameter.detach().clone().DetachFromDisposeScope();
    }

    private void Assign(Tensor[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            _ = _parameters[i].Value.copy_(values[i]);
        }
    }
}
