namespace Pipeline.Training.Runs;

/// <summary>What products (linear layers, convolutions, attention) are computed in while a network is trained. Weights, their average, moments, norms, losses and scores are single precision in any case.</summary>
public enum TrainingPrecision
{
    /// <summary>Single precision throughout.</summary>
    Single,

    /// <summary>bfloat16: eight bits of mantissa, the range of single precision.</summary>
    Bfloat16,

    /// <summary>IEEE half precision, whose range is small: the loss is scaled (<see cref="LossScaler"/>).</summary>
    Float16,
}
