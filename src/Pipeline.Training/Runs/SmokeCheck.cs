namespace Pipeline.Training.Runs;

/// <summary>Whether a short run learned: the mean loss of its last ten steps against that of its first five.</summary>
/// <param name="Before">Mean loss of the first steps.</param>
/// <param name="After">Mean loss of the last steps.</param>
/// <param name="Margin">The largest ratio that counts as learning.</param>
public sealed record SmokeCheck(double Before, double After, double Margin)
{
    private const int First = 5, Last = 10;

    /// <summary>Whether the loss fell by the margin.</summary>
    public bool Passed => After <= Before * Margin;

    /// <summary>Reads a run's losses.</summary>
    /// <exception cref="TrainingException">The run is too short to be judged.</exception>
    public static SmokeCheck Of(string folder, double margin)
    {
        double[] losses = [.. LossLog.Read(Path.Combine(folder, "losses.csv")).Select(r => r.Loss).Where(double.IsFinite)];
        return losses.Length >= First + Last
            ? new SmokeCheck(losses[..First].Average(), losses[^Last..].Average(), margin)
            : throw new TrainingException($"{folder}: {losses.Length} steps are too few to judge a smoke run: take at least {First + Last}");
    }
}
