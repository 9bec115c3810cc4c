using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>The Querying Transformer (Li et al. 2023, arXiv 2301.12597, section 3.1): a few learned vectors collect what the image says.</summary>
internal sealed class QFormerModel : nn.Module
{
    private readonly LayerNorm layernorm;
    private readonly QFormerEncoder encoder;

    public QFormerModel(WeightSource w, QFormerConfig config)
        : base(nameof(QFormerModel))
    {
        layernorm = new LayerNorm(w.Sub("layernorm"), config.Hidden, config.Epsilon);
        encoder = new QFormerEncoder(w.Sub("encoder"), config);
        RegisterComponents();
    }

    /// <summary>Query vectors [1, Q, hidden], image tokens [B, S, image width] → [B, Q, hidden]; no final norm.</summary>
    public Tensor Forward(Tensor queries, Tensor image, ProbeScope probe)
    {
        using var scope = NewDisposeScope();
        var x = layernorm.forward(queries).expand(image.shape[0], -1, -1);
        return encoder.Forward(x, image, probe).MoveToOuterDisposeScope();
    }
}
