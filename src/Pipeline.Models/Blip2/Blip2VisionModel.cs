using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>
/// BLIP-2's image tower, EVA ViT-g (Fang et al. 2022, arXiv 2211.07636): unlike CLIP's it has no norm in front, and the last norm applies to every token.
/// </summary>
internal sealed class Blip2VisionModel : nn.Module
{
    private readonly Blip2VisionEmbeddings embeddings;
    private readonly Blip2VisionEncoder encoder;
    private readonly LayerNorm post_layernorm;

    public Blip2VisionModel(WeightSource w, Blip2VisionConfig config)
        : base(nameof(Blip2VisionModel))
    {
        embeddings = new Blip2VisionEmbeddings(w.Sub("embeddings"), config);
        encoder = new Blip2VisionEncoder(w.Sub("encoder"), config);
        post_layernorm = new LayerNorm(w.Sub("post_layernorm"), config.Tower.Hidden, config.Tower.Epsilon);
        RegisterComponents();
    }

    /// <summary>
    /// Pixels [B, 3, S, S] → normalised tokens [B, 1+N, hidden]. Records <c>vision.hidden.i</c> and <c>vision.pooled</c>, the library's pooler output:
    /// the class token put through the same norm a second time, which nothing here uses.
    /// </summary>
    public Tensor Forward(Tensor pixels, ProbeScope probe)
    {
        using var scope = NewDisposeScope();
        var last = post_layernorm.forward(encoder.Forward(embeddings.Forward(pixels), probe));
        if (probe.Wants("pooled"))
        {
            probe.Record("pooled", post_layernorm.forward(last.narrow(1, 0, 1).squeeze(1)));
        }

        return last.MoveToOuterDisposeScope();
    }
}
