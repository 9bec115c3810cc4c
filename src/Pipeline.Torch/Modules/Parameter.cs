using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// A tensor that a module owns and an optimizer changes. Takes over the native tensor and the dispose scope of the tensor given to it, which becomes invalid:
/// a module built inside a scope loses its parameters when the scope ends.
/// </summary>
public class Parameter : Tensor
{
    public Parameter(Tensor data, bool requires_grad = true)
        : base(AsLeaf(data, requires_grad))
    {
    }

    // Recording on a tensor that was computed would keep its history alive.
    private static Tensor AsLeaf(Tensor data, bool requires_grad)
    {
        if (!data.is_leaf)
        {
            using Tensor computed = data;
            data = computed.detach();
            if (computed.Scope is { } scope)
            {
                _ = data.MoveToOtherDisposeScope(scope);
            }
            else
            {
                _ = data.DetachFromDisposeScope();
            }
        }

        if (data.requires_grad != requires_grad)
        {
            data.requires_grad = requires_grad;
        }

        return data;
    }
}
