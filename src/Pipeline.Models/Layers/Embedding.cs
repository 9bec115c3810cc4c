using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>A table of vectors, one row an index.</summary>
public sealed class Embedding : nn.Module<Tensor, Tensor>
{
    private readonly long _size;

    public readonly Parameter weight;

    /// <summary>Takes <c>weight</c> [count, size].</summary>
    public Embedding(WeightSource w, long count, long size)
        : base(nameof(Embedding))
    {
        _size = size;
        weight = w.Parameter("weight", [count, size], Init.Normal(0.02));
        RegisterComponents();
    }

    /// <summary>int64 [...] to [..., size]; the caller owns the result. An index outside the table is an error of the engine.</summary>
    public override Tensor forward(Tensor ids)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = weight.index_select(0, ids.reshape(-1)); // [n, size]
        return rows.view([.. ids.shape, _size]).MoveToOuterDisposeScope();
    }
}
