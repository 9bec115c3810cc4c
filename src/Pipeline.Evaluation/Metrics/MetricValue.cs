namespace Pipeline.Evaluation.Metrics;

/// <summary>A metric's number, or the reason why there is none. Means are taken over numbers only, and say how many were missing.</summary>
/// <param name="Value">Finite, or null.</param>
/// <param name="Flag">What is special.</param>
public readonly record struct MetricValue(double? Value, MetricFlag Flag = MetricFlag.None)
{
    /// <summary>PSNR of identical pictures.</summary>
    public static MetricValue Identical { get; } = new(null, MetricFlag.Identical);

    /// <summary>No number.</summary>
    public static MetricValue Missing { get; } = new(null, MetricFlag.Missing);

    /// <summary>A plain number.</summary>
    public static implicit operator MetricValue(double value) => FromDouble(value);

    /// <summary>A number; not a number and infinities are <see cref="Missing"/>.</summary>
    public static MetricValue FromDouble(double value) => double.IsFinite(value) ? new MetricValue(value) : Missing;
}
