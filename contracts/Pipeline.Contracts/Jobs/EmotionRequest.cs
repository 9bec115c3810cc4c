namespace Pipeline.Contracts.Jobs;

/// <summary>A wanted emotion; in a manifest either its bare name or this object.</summary>
public sealed record EmotionRequest
{
    /// <summary>Name of the emotion, 1 to 200 characters.</summary>
    public required string Emotion { get; init; }

    /// <summary>Strength in (0, 1]; default 1.</summary>
    public double Intensity { get; init; } = 1;

    /// <summary>Seed for this emotion; default: the line's.</summary>
    public long? Seed { get; init; }
}
