using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Evaluation.Metrics;

/// <summary>
/// Structure distance (Tumanyan et al. 2022, "Splicing ViT Features for Semantic Appearance Transfer", arXiv 2201.00424, eq. 2 and 4): mean squared difference of the cosine
/// self-similarities of DINO keys, all tokens with the class token (EDITING 16.4).
/// </summary>
public static class StructureDistance
{
    /// <summary>The distance of two key sets.</summary>
    /// <param name="keysA">[tokens, features], floating point, any device; only read.</param>
    /// <param name="keysB">Same shape.</param>
    /// <exception cref="ArgumentException">Different or wrong shapes.</exception>
    public static double Compute(Tensor keysA, Tensor keysB)
    {
        ArgumentNullException.ThrowIfNull(keysA);
        ArgumentNullException.ThrowIfNull(keysB);
        if (keysA.shape.Length != 2 || !keysA.shape.SequenceEqual(keysB.shape))
        {
            throw new ArgumentException($"keys are [tokens, features] of one shape, not [{string.Join(", ", keysA.shape)}] and [{string.Join(", ", keysB.shape)}]");
        }

        using DisposeScope scope = NewDisposeScope();
        return Between(SelfSimilarity(keysA), SelfSimilarity(keysB));
    }

    /// <summary>The distance of two self-similarities [tokens, tokens] from <see cref="SelfSimilarity"/>, so that a source's is computed once.</summary>
    public static double Between(Tensor similarityA, Tensor similarityB)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor difference = similarityA - similarityB;
        return (difference * difference).mean().to(ScalarType.Float64).item<double>();
    }

    /// <summary>Cosine self-similarity [tokens, tokens] of keys [tokens, features]; the caller's.</summary>
    public static Tensor SelfSimilarity(Tensor keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        using DisposeScope scope = NewDisposeScope();
        Tensor k = keys.detach();
        Tensor norm = (k * k).sum(1, true).sqrt();           // [tokens, 1]
        Tensor denominator = norm.matmul(norm.transpose(0, 1)).clamp_min(1e-8); // [tokens, tokens]
        return (k.matmul(k.transpose(0, 1)) / denominator).MoveToOuterDisposeScope();
    }
}
