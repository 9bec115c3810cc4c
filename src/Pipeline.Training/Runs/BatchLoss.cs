using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>What is left to do for a batch whose data is there: its loss.</summary>
/// <param name="random">The only source of randomness; its state is part of a checkpoint.</param>
public delegate LossTerms BatchLoss(Generator random);
