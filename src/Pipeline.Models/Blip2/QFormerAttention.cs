using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>An attention block of the Q-Former with its residual sum and norm.</summary>
internal sealed class QFormerAttention : nn.Module
{
    private readonly QFormerMixing attention;
    private readonly QFormerOutput output;

    public QFormerAttention(WeightSource w, QFormerConfig config, long sourceWidth)
        : base(nameof(QFormerAttention))
    {
        attention = new QFormerMixing(w.Sub("attention"), config, sourceWidth);
        output = new QFormerOutput(w.Sub("output"), config.Hidden, config);
        RegisterComponents();
    }

    /// <summary>[B, Q, hidden] over [B, S, source width] → [B, Q, hidden].</summary>
    public Tensor Forward(Tensor x, Tensor source, ProbeScope probe, string name, int layer)
    {
        using var mixed = attention.Forward(x, source, probe, name, layer);
        return output.Forward(mixed, x);
    }
}
