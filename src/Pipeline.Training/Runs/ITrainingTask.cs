using Pipeline.Training.Data;
using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>What a run trains: a network, its loss, its score and its form on disk. Nothing here knows about optimisers or checkpoints.</summary>
public interface ITrainingTask : IDisposable
{
    /// <summary>Part of the name of every checkpoint: another stage of the same system has other weights.</summary>
    string Stage { get; }

    /// <summary>The network; its parameters that ask for gradients are trained.</summary>
    nn.Module Network { get; }

    /// <summary>What the run learns from, where it is not only scenes that the task renders itself; stays the task's.</summary>
    ITrainingData? Data => null;

    /// <summary>What a person should know before the first step: what this run leaves out, and why.</summary>
    IReadOnlyList<string> Notes => [];

    /// <summary>Name and unit of the score.</summary>
    string ScoreName { get; }

    /// <summary>Called once before the first step: for what is computed once and kept beside the checkpoints. Ends early, with what it has, when a drain is asked for.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="drain">Asks for an early end.</param>
    void Prepare(string folder, CancellationToken drain)
    {
    }

    /// <summary>How many numbers of the run's generator <see cref="Load"/> needs for a batch. A task that asks for some draws nothing else from that generator.</summary>
    /// <param name="samples">Samples of the batch.</param>
    int DrawsOf(int samples) => 0;

    /// <summary>
    /// Reads or renders what the loss of some samples needs, and leaves the loss for later. Called ahead of the step on another thread, maybe for several batches at once: it touches neither the network nor
    /// tensors, and gives the same for the same samples and draws.
    /// </summary>
    /// <param name="samples">The samples.</param>
    /// <param name="draws">As many numbers as the task asked for, uniform in [0, 2⁵²).</param>
    BatchLoss Load(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws);

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
