using Pipeline.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>
/// A step in the configuration's precision: gradients of micro-batches, then the change of the weights. In float16 the loss is scaled, the scale is taken out of the gradients in single precision, and a step that
/// overflows changes neither weights nor moments nor averages.
/// </summary>
internal sealed class WeightUpdate(TrainingConfig config)
{
    private readonly ScalarType? _products = PrecisionSupport.TypeOf(config.Precision);

    /// <summary>The scaler of a run in float16; null in others.</summary>
    public LossScaler? Scaler { get; } = config.Precision == TrainingPrecision.Float16 ? new LossScaler() : null;

    /// <summary>Steps that changed no weight.</summary>
    public long Skipped => Scaler?.Skipped ?? 0;

    /// <summary>Adds the gradients of a micro-batch, and its share of every term to <paramref name="terms"/>.</summary>
    public void Add(BatchLoss batch, Generator random, double share, List<(string Name, double Value)> terms)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable? precision = _products is { } type ? ProductPrecision.Use(type) : null;
        LossTerms loss = batch(random);
        (loss.Total * (share * (Scaler?.Scale ?? 1))).backward();
        (string Name, double Value)[] values = [("loss", loss.Total.ToDouble()), .. loss.Parts.Select(p => (p.Name, p.Value.ToDouble()))];
        for (int i = 0; i < values.Length; i++)
        {
            (string name, double value) = values[i];
            if (terms.Count <= i)
            {
                terms.Add((name, 0));
            }

            terms[i] = (name, terms[i].Value + (share * value));
        }
    }

    /// <summary>Changes the weights by the gradients of a whole batch.</summary>
    /// <param name="state">The weights, with their gradients.</param>
    /// <param name="task">Is told.</param>
    /// <param name="step">1 for the first.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="terms">Of the loss.</param>
    /// <returns>Norm of the gradients before clipping; null where the step was skipped.</returns>
    /// <exception cref="TrainingException">Loss or gradients are not numbers, and no scale is the reason.</exception>
    public double? Apply(TrainedState state, ITrainingTask task, long step, double rate, IReadOnlyList<(string Name, double Value)> terms)
    {
        if (Norm(state.Parameters, terms) is not { } norm)
        {
            return null;
        }

        state.Optimiser.Step(step - Skipped, rate);
        task.Stepped(step);
        state.Average.Update(step - Skipped);
        return norm;
    }

    private double? Norm(IReadOnlyList<(string Name, Parameter Value)> parameters, IReadOnlyList<(string Name, double Value)> terms)
    {
        bool finite = terms.All(t => double.IsFinite(t.Value));
        if (!finite && Scaler is null)
        {
            throw new TrainingException($"the loss is not a number ({string.Join(", ", terms)}): lower the learning rate");
        }

        if (Scaler is not null)
        {
            Scale(parameters, 1 / Scaler.Scale);
        }

        double norm = nn.utils.clip_grad_norm_(parameters.Select(p => p.Value), config.Optimiser.GradientNorm > 0 ? config.Optimiser.GradientNorm : double.MaxValue);
        finite &= double.IsFinite(norm);
        if (!finite && Scaler is null)
        {
            throw new TrainingException($"the gradient of '{FirstBad(parameters)}' is not a number: lower the learning rate");
        }

        Scaler?.Update(finite);
        return finite ? norm : null;
    }

    private static void Scale(IReadOnlyList<(string Name, Parameter Value)> parameters, double factor)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        foreach ((_, Parameter parameter) in parameters)
        {
            _ = parameter.grad?.mul_(factor);
        }
    }

    private static string? FirstBad(IReadOnlyList<(string Name, Parameter Value)> parameters)
    {
        using DisposeScope scope = NewDisposeScope();
        return parameters.FirstOrDefault(p => p.Value.grad is { } g && !double.IsFinite(g.abs().max().ToDouble())).Name;
    }
}
