using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>The stack of layers.</summary>
internal sealed class Blip2VisionEncoder : nn.Module
{
    private readonly TorchSharp.Modules.ModuleList<Blip2VisionLayer> layers;

    public Blip2VisionEncoder(WeightSource w, Blip2VisionConfig config)
        : base(nameof(Blip2VisionEncoder))
    {
        layers = new TorchSharp.Modules.ModuleList<Blip2VisionLayer>(
            [.. Enumerable.Range(0, config.Tower.Layers).Select(i => new Blip2VisionLayer(w.Sub("layers", i), config))]);
        RegisterComponents();
    }

    /// <summary>[B, T, hidden] → [B, T, hidden]; records <c>hidden.i</c>.</summary>
    public Tensor Forward(Tensor x, ProbeScope probe)
    {
        using var scope = NewDisposeScope();
        var hidden = x.alias();
        probe.Record("hidden", 0, hidden);
        for (var i = 0; i < layers.Count; i++)
        {
            var next = layers[i].Forward(hidden);
            hidden.Dispose();
            hidden = next;
            probe.Record("hidden", i + 1, hidden);
        }

        return hidden.MoveToOuterDisposeScope();
    }
}
