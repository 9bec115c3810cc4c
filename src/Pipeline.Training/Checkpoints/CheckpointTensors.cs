using static TorchSharp.torch;

namespace Pipeline.Training.Checkpoints;

/// <summary>The tensors of a checkpoint; they stay with whoever holds them.</summary>
/// <param name="Weights"><c>adapter.safetensors</c>: trainable weights.</param>
/// <param name="Moments"><c>optimizer.safetensors</c>.</param>
/// <param name="Average"><c>average.safetensors</c>: running average of the weights.</param>
/// <param name="Random"><c>rng.safetensors</c>: generator states.</param>
public sealed record CheckpointTensors(
    IReadOnlyList<(string Name, Tensor Value)> Weights,
    IReadOnlyList<(string Name, Tensor Value)> Moments,
    IReadOnlyList<(string Name, Tensor Value)> Average,
    IReadOnlyList<(string Name, Tensor Value)> Random)
{
    internal IEnumerable<(string File, IReadOnlyList<(string Name, Tensor Value)> Tensors)> Files =>
        [("adapter.safetensors", Weights), ("optimizer.safetensors", Moments), ("average.safetensors", Average), ("rng.safetensors", Random)];
}
