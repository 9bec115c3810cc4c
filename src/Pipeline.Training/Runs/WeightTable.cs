using Pipeline.Models.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>Named tensors of fixed shapes: to a safetensors file and back, with nothing missing and nothing left over.</summary>
internal static class WeightTable
{
    /// <summary>Copies a file's tensors into existing ones.</summary>
    /// <exception cref="TrainingException">A tensor is missing, unknown or has another shape.</exception>
    public static void Load(string path, IReadOnlyList<(string Name, Tensor Value)> targets)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        using SafetensorsFile file = SafetensorsFile.Open(path);
        string? extra = file.Names.Except(targets.Select(t => t.Name), StringComparer.Ordinal).FirstOrDefault();
        if (extra is not null)
        {
            throw new TrainingException($"{path}: tensor '{extra}' is not part of this run: the checkpoint belongs to another network");
        }

        foreach ((string name, Tensor target) in targets)
        {
            if (!file.Contains(name) || !file.Info(name).Shape.AsSpan().SequenceEqual(target.shape))
            {
                throw new TrainingException($"{path}: tensor '{name}' is missing or not [{string.Join(", ", target.shape)}]: the checkpoint belongs to another network");
            }

            _ = target.copy_(file.ReadTensor(name, CPU, target.dtype));
        }
    }
}
