namespace Pipeline.Training.Runs;

/// <summary>Exponential means of the loss and its terms, over about fifty steps; over all steps while they are fewer.</summary>
public sealed class RunningMeans
{
    private const double Decay = 0.98;

    /// <summary>The means by name.</summary>
    public Dictionary<string, double> Values { get; private set; } = new(StringComparer.Ordinal);

    /// <summary>Takes a step's values in.</summary>
    /// <param name="step">1 for the first.</param>
    /// <param name="terms">Names and values.</param>
    public void Update(long step, IReadOnlyList<(string Name, double Value)> terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        double decay = Math.Min(Decay, 1 - (1.0 / step));
        foreach ((string name, double value) in terms)
        {
            Values[name] = Values.TryGetValue(name, out double mean) ? (decay * mean) + ((1 - decay) * value) : value;
        }
    }

    /// <summary>Goes on from a checkpoint's means.</summary>
    public void Restore(Dictionary<string, double> values) => Values = new Dictionary<string, double>(values, StringComparer.Ordinal);
}
