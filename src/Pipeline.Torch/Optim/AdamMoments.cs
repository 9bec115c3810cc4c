using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Running averages of one parameter's gradient and of its square, and the steps they have seen.</summary>
internal sealed class AdamMoments : IDisposable
{
    public AdamMoments(Parameter parameter, bool amsgrad)
    {
        First = parameter.zeros_like().DetachFromDisposeScope();
        Second = parameter.zeros_like().DetachFromDisposeScope();
        Largest = amsgrad ? parameter.zeros_like().DetachFromDisposeScope() : null;
    }

    public Tensor First { get; }

    public Tensor Second { get; }

    /// <summary>Largest second moment so far, with AMSGrad.</summary>
    public Tensor? Largest { get; }

    public int Steps { get; set; }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
        Largest?.Dispose();
    }
}
