using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>
/// Where a module takes its parameters from while it is built: a checkpoint, or a seeded initialiser. A parameter is made once, with its final
/// values; nothing is initialised and then overwritten.
/// </summary>
public abstract class WeightSource
{
    /// <summary>Device of what <see cref="Take"/> returns.</summary>
    public abstract Device Device { get; }

    /// <summary>Type of what <see cref="Take"/> returns.</summary>
    public abstract ScalarType Dtype { get; }

    /// <summary>Whether parameters ask for gradients. False unless the source was opened for training.</summary>
    public virtual bool Trainable => false;

    /// <summary>Whether the source can give this name: for layers and biases that only some checkpoints have.</summary>
    public abstract bool Has(string name);

    /// <summary>
    /// The values of a parameter, in <see cref="Dtype"/> on <see cref="Device"/>. The caller owns the tensor (a current dispose scope holds it).
    /// </summary>
    /// <param name="name">Key, as the published checkpoints spell it.</param>
    /// <param name="shape">The shape the network needs.</param>
    /// <param name="init">Start values where no checkpoint gives them.</param>
    /// <exception cref="ModelFormatException">The key is missing or has another shape; names the file and the key.</exception>
    public abstract Tensor Take(string name, long[] shape, Init init);

    /// <summary>A view below a prefix: <c>Sub("encoder").Take("conv_in.weight", …)</c> takes <c>encoder.conv_in.weight</c>.</summary>
    public WeightSource Sub(string prefix) => new RenamedWeights(this, name => prefix + "." + name);

    /// <summary>A view of a numbered child.</summary>
    public WeightSource Sub(string prefix, int index) => Sub($"{prefix}.{index}");

    /// <summary>A view in which the network's names are changed into the checkpoint's: for older or other spellings.</summary>
    public WeightSource Map(Func<string, string> rename) => new RenamedWeights(this, rename);

    /// <summary>A parameter with these values, outside of every dispose scope: the module that holds it disposes it.</summary>
    public Parameter Parameter(string name, long[] shape, Init init)
    {
        Parameter parameter = new(Take(name, shape, init), requires_grad: Trainable);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
