using Pipeline.Training.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>All that changes while a network is trained: parameters (the network's), moments, average and generators (owned here).</summary>
internal sealed class TrainedState : IDisposable
{
    private readonly IReadOnlyList<(string Name, Tensor Value)> _extra;

    public TrainedState(ITrainingTask task, TrainingConfig config)
    {
        _extra = task.State;
        Parameters = [.. task.Network.named_parameters().Where(p => p.parameter.requires_grad).Select(p => (p.name, p.parameter))];
        if (Parameters.Count == 0)
        {
            throw new TrainingException($"{config.System}: the network has no trainable parameter: build it over trainable weights");
        }

        Optimiser = new AdamWOptimiser(Parameters, config.Optimiser);
        Average = new WeightAverage(Parameters, config.Average);
        Noise = new Generator((ulong)config.Seed);
        _ = manual_seed(config.Seed);
    }

    public IReadOnlyList<(string Name, Parameter Value)> Parameters { get; }

    public AdamWOptimiser Optimiser { get; }

    public WeightAverage Average { get; }

    public Generator Noise { get; }

    /// <summary>Begins both generators anew.</summary>
    public void Reseed(long seed)
    {
        _ = manual_seed(seed);
        _ = Noise.manual_seed(seed);
    }

    public GeneratorStates Generators()
    {
        using DisposeScope scope = NewDisposeScope();
        return new GeneratorStates(get_rng_state().DetachFromDisposeScope(), Noise.get_state().DetachFromDisposeScope());
    }

    public void Restore(GeneratorStates states)
    {
        set_rng_state(states.Process);
        Noise.set_state(states.Noise);
    }

    /// <summary>Views for saving, and targets for loading.</summary>
    public CheckpointTensors Tensors(GeneratorStates generators) =>
        new([.. Parameters.Select(p => (p.Name, (Tensor)p.Value))], Optimiser.Moments, Average.Values, generators.Named, _extra);

    /// <summary>Starts from another run's newest checkpoint; returns its digest.</summary>
    public string Fork(string folder, string system)
    {
        string digest = new CheckpointFolder(Path.Combine(folder, TrainingRun.CheckpointsFolder)).LoadFork(system, [.. Parameters.Select(p => (p.Name, (Tensor)p.Value))], _extra);
        Average.Restart();
        return digest;
    }

    public void Dispose()
    {
        Optimiser.Dispose();
        Average.Dispose();
        Noise.Dispose();
    }
}
