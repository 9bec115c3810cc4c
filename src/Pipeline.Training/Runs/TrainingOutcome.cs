namespace Pipeline.Training.Runs;

/// <summary>How a run ended.</summary>
/// <param name="Step">Updates so far.</param>
/// <param name="Finished">False when a signal ended it early; the same command with resuming goes on.</param>
/// <param name="Loss">Running mean of the loss.</param>
/// <param name="Score">Held-out score of a finished run.</param>
public sealed record TrainingOutcome(long Step, bool Finished, double Loss, double? Score);
