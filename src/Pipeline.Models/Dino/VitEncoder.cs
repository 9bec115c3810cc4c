using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Dino;

/// <summary>The stack of layers.</summary>
internal sealed class VitEncoder : nn.Module
{
    public readonly TorchSharp.Modules.ModuleList<VitLayer> layer;

    public VitEncoder(WeightSource w, VitConfig config)
        : base(nameof(VitEncoder))
    {
        layer = new TorchSharp.Modules.ModuleList<VitLayer>(
            [.. Enumerable.Range(0, config.Layers).Select(i => new VitLayer(w.Sub($"layer.{i}"), config))]);
        RegisterComponents();
    }

    /// <summary>The residual stream [B, T, hidden] after the first <paramref name="count"/> layers; the caller's.</summary>
    public Tensor Run(Tensor x, int count, ProbeScope probe)
    {
        using var scope = NewDisposeScope();
        var hidden = x.alias();
        probe.Record("hidden", 0, hidden);
        for (var i = 0; i < count; i++)
        {
            var next = layer[i].Forward(hidden, probe, i);
            hidden.Dispose();
            hidden = next;
            probe.Record("hidden", i + 1, hidden);
        }

        return hidden.MoveToOuterDisposeScope();
    }
}
