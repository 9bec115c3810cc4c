namespace TorchSharp.Modules;

/// <summary>Settings of one group of parameters.</summary>
public class OptimizerOptions
{
    public OptimizerOptions()
    {
    }

    public double? LearningRate { get; set; }

    public double InitialLearningRate { get; set; }
}
