using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>MLP part of a block, under the checkpoint's names.</summary>
internal sealed class T5FeedForwardLayer : nn.Module
{
    public readonly T5FeedForward DenseReluDense;
    public readonly RmsNorm layer_norm;

    public T5FeedForwardLayer(WeightSource w, T5Config config)
        : base(nameof(T5FeedForwardLayer))
    {
        DenseReluDense = new T5FeedForward(w.Sub("DenseReluDense"), config);
        layer_norm = new RmsNorm(w.Sub("layer_norm"), config.Width, config.Epsilon);
        RegisterComponents();
    }
}
