using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What the optimizers written in managed code share.</summary>
public abstract class OptimizerHelper : optim.Optimizer
{
    private protected OptimizerHelper()
    {
    }

    /// <summary>Runs one step without recording gradients; tensors made on the way are disposed. Returns the closure's loss, in the caller's scope.</summary>
    private protected static Tensor Stepping(Func<Tensor>? closure, Action step)
    {
        Tensor? loss = null;
        if (closure is not null)
        {
            using IDisposable recording = enable_grad();
            loss = closure();
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        step();
        return loss!;
    }

    private protected static void RequireNewParameters(IEnumerable<ParamGroup> groups, ParamGroup added)
    {
        HashSet<Parameter> known = [.. groups.SelectMany(group => group.Parameters)];
        foreach (Parameter parameter in added.Parameters)
        {
            if (!known.Add(parameter))
            {
                throw new ArgumentException("a parameter is in two groups of the optimizer");
            }
        }
    }
}
