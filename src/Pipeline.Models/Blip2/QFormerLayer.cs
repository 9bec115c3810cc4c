using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>Post-norm BERT layer over query vectors: self-attention, on some layers attention onto the image, MLP.</summary>
internal sealed class QFormerLayer : nn.Module
{
    private readonly string _activation;
    private readonly QFormerAttention attention;
    private readonly QFormerAttention? crossattention;
    private readonly DenseModule intermediate_query;
    private readonly QFormerOutput output_query;

    public QFormerLayer(WeightSource w, QFormerConfig config, int index)
        : base(nameof(QFormerLayer))
    {
        _activation = Activations.Require(config.Activation);
        attention = new QFormerAttention(w.Sub("attention"), config, config.Hidden);
        crossattention = index % config.CrossAttentionFrequency == 0 ? new QFormerAttention(w.Sub("crossattention"), config, config.ImageWidth) : null;
        intermediate_query = new DenseModule(w.Sub("intermediate_query"), config.Hidden, config.Intermediate);
        output_query = new QFormerOutput(w.Sub("output_query"), config.Intermediate, config);
        RegisterComponents();
    }

    /// <summary>Queries [B, Q, hidden], image tokens [B, S, image width] → [B, Q, hidden].</summary>
    public Tensor Forward(Tensor x, Tensor image, ProbeScope probe, int layer)
    {
        using var scope = NewDisposeScope();
        var h = attention.Forward(x, x, probe, "attention", layer);
        if (crossattention is not null)
        {
            h = crossattention.Forward(h, image, probe, "cross", layer);
        }

        return output_query.Forward(Activations.Apply(_activation, intermediate_query.dense.forward(h)), h).MoveToOuterDisposeScope();
    }
}
