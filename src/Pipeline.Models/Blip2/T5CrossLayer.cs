using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>Cross-attention part of a decoder block, under the checkpoint's names.</summary>
internal sealed class T5CrossLayer : nn.Module
{
    public readonly T5Attention EncDecAttention;
    public readonly RmsNorm layer_norm;

    public T5CrossLayer(WeightSource w, T5Config config)
        : base(nameof(T5CrossLayer))
    {
        EncDecAttention = new T5Attention(w.Sub("EncDecAttention"), config, hasPositions: false);
        layer_norm = new RmsNorm(w.Sub("layer_norm"), config.Width, config.Epsilon);
        RegisterComponents();
    }
}
