using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>The stack of layers.</summary>
internal sealed class QFormerEncoder : nn.Module
{
    private readonly TorchSharp.Modules.ModuleList<QFormerLayer> layer;

    public QFormerEncoder(WeightSource w, QFormerConfig config)
        : base(nameof(QFormerEncoder))
    {
        layer = new TorchSharp.Modules.ModuleList<QFormerLayer>(
            [.. Enumerable.Range(0, config.Layers).Select(i => new QFormerLayer(w.Sub("layer", i), config, i))]);
        RegisterComponents();
    }

    /// <summary>Queries [B, Q, hidden], image tokens [B, S, image width] → [B, Q, hidden]; records <c>hidden.i</c>, <c>cross.i</c>.</summary>
    public Tensor Forward(Tensor x, Tensor image, ProbeScope probe)
    {
        using var scope = NewDisposeScope();
        var hidden = x.alias();
        probe.Record("hidden", 0, hidden);
        for (var i = 0; i < layer.Count; i++)
        {
            var next = layer[i].Forward(hidden, image, probe, i);
            hidden.Dispose();
            hidden = next;
            probe.Record("hidden", i + 1, hidden);
        }

        return hidden.MoveToOuterDisposeScope();
    }
}
