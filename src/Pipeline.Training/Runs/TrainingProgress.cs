namespace Pipeline.Training.Runs;

/// <summary>Where a run stands after an update.</summary>
/// <param name="Step">Updates so far, of all processes of this run.</param>
/// <param name="Steps">Updates of the whole run.</param>
/// <param name="Means">Running means of the loss (<c>loss</c>) and its terms.</param>
/// <param name="SamplesPerSecond">Of this process, scoring and saving included.</param>
/// <param name="Remaining">Time to the last step at this rate.</param>
/// <param name="Score">Held-out score, when it was taken at this step.</param>
public sealed record TrainingProgress(
    long Step, long Steps, IReadOnlyDictionary<string, double> Means, double SamplesPerSecond, TimeSpan Remaining, double? Score);
