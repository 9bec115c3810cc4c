using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>Cross-entropy of a square of logits whose diagonal is right (InfoNCE; Radford et al. 2021, arXiv 2103.00020, figure 3).</summary>
public static class ContrastiveLoss
{
    /// <summary>Mean of both ways; a scalar, the caller's.</summary>
    /// <param name="logits">[N, N].</param>
    /// <param name="penalty">Added to them: 0 where a pair counts, a large negative number where it does not; null where all count.</param>
    /// <param name="smoothing">Share of the target that is spread evenly over all pairs of a row that count.</param>
    public static Tensor Both(Tensor logits, Tensor? penalty = null, double smoothing = 0)
    {
        using var scope = NewDisposeScope();
        Tensor both = OneWay(logits, penalty, smoothing) + OneWay(logits.transpose(0, 1), penalty?.transpose(0, 1), smoothing);
        return (both / 2.0).MoveToOuterDisposeScope();
    }

    /// <summary>Every row finds its own column; a scalar, the caller's.</summary>
    /// <inheritdoc cref="Both"/>
    public static Tensor OneWay(Tensor logits, Tensor? penalty = null, double smoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        Tensor own = arange(logits.shape[0], device: logits.device);
        if (penalty is null)
        {
            return nn.functional.cross_entropy(logits, own, label_smoothing: smoothing).MoveToOuterDisposeScope();
        }

        Tensor masked = logits + penalty, hard = nn.functional.cross_entropy(masked, own);
        if (smoothing == 0)
        {
            return hard.MoveToOuterDisposeScope();
        }

        // The engine's own smoothing would ask for a share of the pairs that do not count.
        Tensor counts = penalty.eq(0.0).to(logits.dtype);                                            // [N, N]
        Tensor spread = (nn.functional.log_softmax(masked, 1) * counts).sum(1) / counts.sum(1);      // [N]
        return (hard * (1 - smoothing) - spread.mean() * smoothing).MoveToOuterDisposeScope();
    }
}
