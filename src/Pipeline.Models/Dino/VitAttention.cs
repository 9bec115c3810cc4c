using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Dino;

/// <summary>Self-attention with its output projection, nested as checkpoints name it (<c>attention.attention</c>, <c>attention.output</c>).</summary>
internal sealed class VitAttention : nn.Module
{
    public readonly VitSelfAttention attention;
    private readonly DenseModule output;

    public VitAttention(WeightSource w, VitConfig config)
        : base(nameof(VitAttention))
    {
        attention = new VitSelfAttention(w.Sub("attention"), config);
        output = new DenseModule(w.Sub("output"), config.Hidden, config.Hidden);
        RegisterComponents();
    }

    /// <summary>[B, T, hidden] → [B, T, hidden].</summary>
    public Tensor Forward(Tensor x, ProbeScope probe, int layer)
    {
        using var mixed = attention.Forward(x, probe, layer);
        return output.dense.forward(mixed);
    }
}
