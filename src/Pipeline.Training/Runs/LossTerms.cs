using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>The loss of one micro-batch; the tensors are the caller's.</summary>
/// <param name="Total">What is minimised, one element with its graph.</param>
/// <param name="Parts">Named terms before weighting, for the log.</param>
public sealed record LossTerms(Tensor Total, IReadOnlyList<(string Name, Tensor Value)> Parts)
{
    /// <summary>A term for the log: without its graph, and of the scope outside the present one.</summary>
    internal static Tensor Part(Tensor value) => value.detach().MoveToOuterDisposeScope();
}
