using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>How well the sentences of a text fit the patches of a picture under the cheapest way to match all of both: entropic optimal transport with uniform marginals. No gradient goes through the plan.</summary>
/// <remarks>M. Cuturi, "Sinkhorn Distances", 2013 (arXiv:1306.0895), Algorithm 1; MoodifyCLIP adds it to its losses with a regularisation of 0.1.</remarks>
public static class TransportScore
{
    private const int MostIterations = 100;
    private const double Converged = 1e-3;

    /// <summary>The plan [.., P, J] of similarities [.., P, J]; the caller's.</summary>
    /// <param name="similarity">Cosines of patches and sentences, one or several problems of one size.</param>
    /// <param name="epsilon">Strength of the entropy.</param>
    public static Tensor Plan(Tensor similarity, double epsilon = 0.1) => Plan(similarity, epsilon, out _);

    /// <summary>sum of plan and similarity [..]: one score a problem; the caller's. Differentiable in the similarity.</summary>
    public static Tensor Compute(Tensor similarity, double epsilon = 0.1)
    {
        using var scope = NewDisposeScope();
        return (Plan(similarity, epsilon) * similarity).sum(new long[] { -2, -1 }).MoveToOuterDisposeScope();
    }

    internal static Tensor Plan(Tensor similarity, double epsilon, out int iterations)
    {
        using var scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        Tensor kernel = ((similarity.detach() - 1.0) / epsilon).exp();                    // exp(-C / epsilon), [.., P, J]
        (long patches, long sentences) = (similarity.shape[^2], similarity.shape[^1]);
        Tensor rows = ones_like(kernel.narrow(-1, 0, 1)), columns = ones_like(kernel.narrow(-2, 0, 1)); // [.., P, 1], [.., 1, J]
        for (iterations = 1; ; iterations++)
        {
            Tensor before = rows;
            rows = ((kernel * columns).sum(-1, true) * patches).reciprocal();
            columns = ((kernel * rows).sum(-2, true) * sentences).reciprocal();
            if (iterations == MostIterations || (rows - before).abs().mean().ToDouble() < Converged)
            {
                return (rows * kernel * columns).MoveToOuterDisposeScope();
            }
        }
    }
}
