using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>The stack of layers of either tower.</summary>
internal sealed class ClipEncoder : nn.Module
{
    private readonly TorchSharp.Modules.ModuleList<ClipEncoderLayer> layers;

    public ClipEncoder(WeightSource w, ClipTowerConfig config)
        : base(nameof(ClipEncoder))
    {
        layers = new TorchSharp.Modules.ModuleList<ClipEncoderLayer>(
            [.. Enumerable.Range(0, config.Layers).Select(i => new ClipEncoderLayer(w.Sub($"layers.{i}"), config))]);
        RegisterComponents();
    }

    /// <summary>Number of layers.</summary>
    public int Count => layers.Count;

    /// <summary>
    /// Runs the first <paramref name="count"/> layers on [B, L, hidden]. Returns the residual stream after them and before the last of them;
    /// both tensors are the caller's, neither is normalised.
    /// </summary>
    public (Tensor Last, Tensor BeforeLast) Run(Tensor x, Tensor? mask, ProbeScope probe, int count)
    {
        using var scope = NewDisposeScope();
        var before = x.alias();
        var hidden = x.alias();
        probe.Record("hidden", 0, hidden);
        for (var i = 0; i < count; i++)
        {
            before.Dispose();                       // only two generations are ever needed
            before = hidden;
            hidden = layers[i].Forward(hidden, mask, probe, i);
            probe.Record("hidden", i + 1, hidden);
        }

        return (hidden.MoveToOuterDisposeScope(), before.MoveToOuterDisposeScope());
    }
}
