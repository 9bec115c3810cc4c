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

    /// <summary>The loss of some samples.</summary>
    /// <param name="samples">Numbers 0 … scenes − 1.</param>
    /// <param name="random">The only source of randomness; its state is part of a checkpoint.</param>
    LossTerms Loss(IReadOnlyList<int> samples, Generator random);

    /// <summary>Quality on held-out samples, larger is better; draws nothing at random.</summary>
    double Score();

    /// <summary>Further figures of a finished run, beside the score.</summary>
    IReadOnlyList<(string Name, double Value)> Details() => [];

    /// <summary>Writes the present weights in the layout that the pipeline loads.</summary>
    void Export(string folder, IReadOnlyDictionary<string, string> metadata);
}
