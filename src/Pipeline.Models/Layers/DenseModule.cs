using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>One linear layer under the name <c>dense</c>, as BERT-like checkpoints store it.</summary>
internal sealed class DenseModule : nn.Module
{
    public readonly Linear dense;

    public DenseModule(WeightSource w, long inFeatures, long outFeatures)
        : base(nameof(DenseModule))
    {
        dense = new Linear(w.Sub("dense"), inFeatures, outFeatures);
        RegisterComponents();
    }
}
