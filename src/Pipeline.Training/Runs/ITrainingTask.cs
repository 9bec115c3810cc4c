using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>What a run trains: a network, its loss, its score and its form on disk. Nothing here knows about optimisers or checkpoints.</summary>
public interface ITrainingTask : IDisposable
{
    /// <summary>Part of the name of every checkpoint: another stage of the same system has other weights.</summary>
    string Stage { get; }

    /// <summary>The network; its parameters that ask for gradients are trained.</summary>
    nn.Module Network { get; }

    /// <summary>Name and unit of the score.</summary>
    string ScoreName { get; }

    /// <summary>Called once before the first step: for what is computed once and kept beside the checkpoints. Ends early, with what it has, when a drain is asked for.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="drain">Asks for an early end.</param>
    void Prepare(string folder, CancellationToken drain)
    {
    }

    /// <summary>The loss of some samples.</summary>
    /// <param name="samples">Numbers 0 … scenes − 1.</param>
    /// <param name="random">The only source of randomness; its state is part of a checkpoint.</param>
    LossTerms Loss(IReadOnlyList<int> samples, Generator random);

    /// <summary>Quality on held-out samples, larger is better; draws nothing at random.</summary>
    double Score();

    /// <summary>What else changes while the network is trained (a teacher, a running centre): saved and restored with the weights. Names and shapes never change; the tensors stay the task's.</summary>
    IReadOnlyList<(string Name, Tensor Value)> State => [];

    /// <summary>Called after every update of the weights, before their average takes them in.</summary>
    /// <param name="step">1 after the first update.</param>
    void Stepped(long step)
    {
    }

    /// <summary>Further figures of a finished run, beside the score.</summary>
    IReadOnlyList<(string Name, double Value)> Details() => [];

    /// <summary>Writes the present weights in the layout that the pipeline loads.</summary>
    void Export(string folder, IReadOnlyDictionary<string, string> metadata);
}
