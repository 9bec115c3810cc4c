using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>States of the random generators of a run, as byte tensors that this object owns.</summary>
/// <param name="process">The engine's own generator on the CPU: dropout.</param>
/// <param name="noise">The run's generator, which tasks draw from.</param>
internal sealed class GeneratorStates(Tensor process, Tensor noise) : IDisposable
{
    public Tensor Process { get; } = process;

    public Tensor Noise { get; } = noise;

    public IReadOnlyList<(string Name, Tensor Value)> Named => [("cpu", Process), ("data", Noise)];

    public void Dispose()
    {
        Process.Dispose();
        Noise.Dispose();
    }
}
