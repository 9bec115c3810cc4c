using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>
/// The image tower of CLIP (Radford et al. 2021, arXiv 2103.00020, section 2.4): a pre-norm ViT with one more layer norm in front
/// (<c>pre_layrnorm</c>, spelled like this in every checkpoint).
/// </summary>
internal sealed class ClipVisionTransformer : nn.Module
{
    private readonly ClipVisionEmbeddings embeddings;
    private readonly LayerNorm pre_layrnorm;
    private readonly ClipEncoder encoder;
    private readonly LayerNorm post_layernorm;

    public ClipVisionTransformer(WeightSource w, ClipVisionConfig config)
        : base(nameof(ClipVisionTransformer))
    {
        embeddings = new ClipVisionEmbeddings(w.Sub("embeddings"), config);
        pre_layrnorm = new LayerNorm(w.Sub("pre_layrnorm"), config.Tower.Hidden, config.Tower.Epsilon);
        encoder = new ClipEncoder(w.Sub("encoder"), config.Tower);
        post_layernorm = new LayerNorm(w.Sub("post_layernorm"), config.Tower.Hidden, config.Tower.Epsilon);
        RegisterComponents();
    }

    /// <summary>Pixels [B, 3, S, S] → output, the caller's.</summary>
    public ClipVisionOutput Forward(Tensor pixels, ProbeScope probe)
    {
        using var scope = NewDisposeScope();
        var (last, beforeLast) = encoder.Run(pre_layrnorm.forward(embeddings.Forward(pixels)), null, probe, encoder.Count);
        var pooled = post_layernorm.forward(last.narrow(1, 0, 1).squeeze(1));                       // [B, hidden]
        return new ClipVisionOutput(last.MoveToOuterDisposeScope(), beforeLast.MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope());
    }

    /// <summary>All tokens after the post layer norm, without projection: pixels [B, 3, S, S] → [B, 1+N, hidden], the caller's.</summary>
    public Tensor Tokens(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var (last, _) = encoder.Run(pre_layrnorm.forward(embeddings.Forward(pixels)), null, default, encoder.Count);
        return post_layernorm.forward(last).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <c>hidden_states[layer]</c>: the residual stream after <paramref name="layer"/> layers, negative values counted from the end as in Python
    /// (−1 after all, −2 before the last). Later layers are not computed. [B, 1+N, hidden], the caller's.
    /// </summary>
    public Tensor HiddenState(Tensor pixels, int layer, ProbeScope probe)
    {
        var count = layer < 0 ? encoder.Count + 1 + layer : layer;
        ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(layer));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, encoder.Count, nameof(layer));
        using var scope = NewDisposeScope();
        var (last, _) = encoder.Run(pre_layrnorm.forward(embeddings.Forward(pixels)), null, probe, count);
        return last.MoveToOuterDisposeScope();
    }
}
