using Pipeline.Training.Data;

namespace Pipeline.Training.Runs;

/// <summary>A micro-batch to come.</summary>
/// <param name="Samples">What it is made of.</param>
/// <param name="Draws">What the task draws for it (<see cref="ITrainingTask.DrawsOf"/>).</param>
internal sealed record PlannedBatch(Sample[] Samples, double[] Draws);
