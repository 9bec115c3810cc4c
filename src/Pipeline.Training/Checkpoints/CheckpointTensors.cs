using static TorchSharp.torch;

namespace Pipeline.Training.Checkpoints;

/// <summary>The tensors of a checkpoint; they stay with whoever holds them.</summary>
/// <param name="Weights"><c>adapter.safetensors</c>: trainable weights.</param>
/// <param name="Moments"><c>optimizer.safetensors</c>.</param>
/// <param name="Average"><c>average.safetensors</c>: running average of the weights.</param>
/// <param name="Random"><c>rng.safetensors</c>: generator states.</param>
/// <param name="Task"><c>task.safetensors</c>: what the task keeps beside its weights; no file when it keeps nothing.</param>
public sealed record CheckpointTensors(
    IReadOnlyList<(string Name, Tensor Value)> Weights,
    IReadOnlyList<(string Name, Tensor Value)> Moments,
    IReadOnlyList<(string Name, Tensor Value)> Average,
    IReadOnlyList<(string Name, Tensor Value)> Random,
    IReadOnlyList<(string Name, Tensor Value)> Task)
{
    internal IEnumerable<(string File, IReadOnlyList<(string Name, Tensor Value)> Tensors)> Files =>
        new[] { ("adapter.safetensors", Weights), ("optimizer.safetensors", Moments), ("average.safetensors", Average), ("rng.safetensors", Random), ("task.safetensors", Task) }
            .Where(f => f.Item2.Count > 0);
}
