using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>BERT's residual end of a block: LN(dense(x) + residual), the norm after the sum.</summary>
internal sealed class QFormerOutput : nn.Module
{
    private readonly Linear dense;
    private readonly LayerNorm LayerNorm;

    public QFormerOutput(WeightSource w, long inFeatures, QFormerConfig config)
        : base(nameof(QFormerOutput))
    {
        dense = new Linear(w.Sub("dense"), inFeatures, config.Hidden);
        LayerNorm = new LayerNorm(w.Sub("LayerNorm"), config.Hidden, config.Epsilon);
        RegisterComponents();
    }

    /// <summary>[B, Q, in] and residual [B, Q, hidden] → [B, Q, hidden].</summary>
    public Tensor Forward(Tensor x, Tensor residual)
    {
        using var scope = NewDisposeScope();
        return LayerNorm.forward(dense.forward(x) + residual).MoveToOuterDisposeScope();
    }
}
