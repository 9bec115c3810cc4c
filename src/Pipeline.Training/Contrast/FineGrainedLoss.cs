using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>MoodifyCLIP's fine-grained loss: every sentence gathers the patches that speak of it, and must find its own gathering among those of the whole batch.</summary>
/// <remarks>The authors' published code views patch tokens as another shape and pairs sentences wrongly in batches above one; here patches are projected, and pairs are those of the samples.</remarks>
public static class FineGrainedLoss
{
    /// <summary>u_j = normalise(sum_p &lt;t_j, v_p&gt; v_p) [S, J, D]; the caller's.</summary>
    /// <param name="sentences">Unit vectors t [S, J, D].</param>
    /// <param name="patches">Unit vectors v [S, P, D] in the sentences' space.</param>
    public static Tensor Grouped(Tensor sentences, Tensor patches)
    {
        using var scope = NewDisposeScope();
        Tensor weights = sentences.matmul(patches.transpose(1, 2));                       // [S, J, P]
        Tensor sums = weights.matmul(patches);                                            // [S, J, D]
        return (sums / sums.norm(-1, true).clamp_min(1e-12)).MoveToOuterDisposeScope();
    }

    /// <summary>Mean cross-entropy both ways over all sentences of the batch; a scalar, the caller's.</summary>
    /// <param name="sentences">Unit vectors [S, J, D].</param>
    /// <param name="patches">Unit vectors [S, P, D].</param>
    /// <param name="scale">Scale of the logits.</param>
    /// <param name="penalty">Added to the logits [S J, S J], where some pairs are not to count; null where all do.</param>
    public static Tensor Compute(Tensor sentences, Tensor patches, Tensor scale, Tensor? penalty = null)
    {
        using var scope = NewDisposeScope();
        long width = sentences.shape[2];
        Tensor logits = sentences.reshape(-1, width).matmul(Grouped(sentences, patches).reshape(-1, width).transpose(0, 1)) * scale; // [S J, S J]
        return ContrastiveLoss.Both(logits, penalty).MoveToOuterDisposeScope();
    }
}
