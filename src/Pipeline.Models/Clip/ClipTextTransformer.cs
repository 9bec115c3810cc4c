using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>
/// The text tower of CLIP (Radford et al. 2021, arXiv 2103.00020, section 2.4): token and position embeddings, a causal pre-norm transformer,
/// a final layer norm; pooled at the end token.
/// </summary>
internal sealed class ClipTextTransformer : nn.Module
{
    private readonly ClipTextConfig _config;
    private readonly ClipTextEmbeddings embeddings;
    private readonly ClipEncoder encoder;
    private readonly LayerNorm final_layer_norm;

    public ClipTextTransformer(WeightSource w, ClipTextConfig config)
        : base(nameof(ClipTextTransformer))
    {
        _config = config;
        embeddings = new ClipTextEmbeddings(w.Sub("embeddings"), config);
        encoder = new ClipEncoder(w.Sub("encoder"), config.Tower);
        final_layer_norm = new LayerNorm(w.Sub("final_layer_norm"), config.Tower.Hidden, config.Tower.Epsilon);
        RegisterComponents();
    }

    /// <summary>Ids [B, n] and an optional padding mask [B, n] → output, the caller's.</summary>
    public ClipTextOutput Forward(Tensor ids, Tensor? attentionMask, ProbeScope probe)
    {
        using var scope = NewDisposeScope();
        var x = embeddings.Forward(ids);                                                            // [B, n, hidden]
        var mask = AttentionMask.CausalWithPadding(ids.shape[1], attentionMask, x.dtype, x.device); // [1 or B, 1, n, n]
        var (raw, beforeLast) = encoder.Run(x, mask, probe, encoder.Count);
        var last = final_layer_norm.forward(raw);
        var pooled = Pool(last, ids);
        return new ClipTextOutput(last.MoveToOuterDisposeScope(), beforeLast.MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope());
    }

    /// <summary>State after all but the last <paramref name="skippedLayers"/> layers, with the final layer norm: [B, n, hidden], the caller's.</summary>
    public Tensor Encode(Tensor ids, int skippedLayers, Tensor? attentionMask)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(skippedLayers);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(skippedLayers, encoder.Count);
        using var scope = NewDisposeScope();
        var x = embeddings.Forward(ids);
        var mask = AttentionMask.CausalWithPadding(ids.shape[1], attentionMask, x.dtype, x.device);
        var (raw, _) = encoder.Run(x, mask, default, encoder.Count - skippedLayers);
        return final_layer_norm.forward(raw).MoveToOuterDisposeScope();
    }

    private Tensor Pool(Tensor last, Tensor ids)
    {
        var index = _config.PoolsAtLargestId
            ? ids.argmax(-1)                                                        // [B]
            : ids.eq(_config.EndToken).to(ScalarType.Int32).argmax(-1);             // first of equals
        var hidden = last.shape[2];
        return last.gather(1, index.reshape(-1, 1, 1).expand(-1, 1, hidden)).squeeze(1);     // [B, hidden]
    }
}
