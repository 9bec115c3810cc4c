using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>Self-attention part of a block, under the checkpoint's names.</summary>
internal sealed class T5SelfLayer : nn.Module
{
    public readonly T5Attention SelfAttention;
    public readonly RmsNorm layer_norm;

    public T5SelfLayer(WeightSource w, T5Config config, bool hasPositions)
        : base(nameof(T5SelfLayer))
    {
        SelfAttention = new T5Attention(w.Sub("SelfAttention"), config, hasPositions);
        layer_norm = new RmsNorm(w.Sub("layer_norm"), config.Width, config.Epsilon);
        RegisterComponents();
    }
}
