using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Modules that are run one after the other, registered as "0", "1" and so on or under given names.</summary>
public class Sequential : nn.Module<Tensor, Tensor>
{
    private readonly List<nn.IModule<Tensor, Tensor>> _steps = [];

    protected internal Sequential(params (string name, nn.Module<Tensor, Tensor> submodule)[] modules)
        : base(nameof(Sequential))
    {
        foreach ((string key, nn.Module<Tensor, Tensor> module) in modules)
        {
            _ = append(key, module);
        }
    }

    protected internal Sequential(params nn.Module<Tensor, Tensor>[] modules)
        : base(nameof(Sequential))
    {
        foreach (nn.Module<Tensor, Tensor> module in modules)
        {
            _ = append(module);
        }
    }

    public int Count => _steps.Count;

    public nn.IModule<Tensor, Tensor> this[int index] => _steps[index];

    public Sequential append(nn.IModule<Tensor, Tensor> module) => append(_steps.Count.ToString(), module);

    public Sequential append(string name, nn.IModule<Tensor, Tensor> module)
    {
        register_module(name, (nn.Module)module);
        _steps.Add(module);
        return this;
    }

    /// <summary>The result lives in the caller's scope; what is computed on the way is disposed.</summary>
    public override Tensor forward(Tensor tensor)
    {
        if (_steps.Count == 0)
        {
            return tensor.alias();
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor current = tensor;
        foreach (nn.IModule<Tensor, Tensor> step in _steps)
        {
            current = step.call(current);
        }

        return current.MoveToOuterDisposeScope();
    }
}
