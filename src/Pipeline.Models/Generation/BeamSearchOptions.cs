namespace Pipeline.Models.Generation;

/// <summary>Limits and rules of beam search.</summary>
public sealed record BeamSearchOptions
{
    private readonly int _beams = 5;
    private readonly int _maxNewTokens = 20;

    /// <summary>Texts kept per row (default 5), 1 … 64.</summary>
    public int Beams
    {
        get => _beams;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 64);
            _beams = value;
        }
    }

    /// <summary>Exponent of the length in score = Σ log p / lengthᵖ (default 1): above 0 favours long texts.</summary>
    public double LengthPenalty { get; init; } = 1.0;

    /// <summary>Most tokens to write, the end token included (default 20).</summary>
    public int MaxNewTokens
    {
        get => _maxNewTokens;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, GenerationOptions.TokenLimit);
            _maxNewTokens = value;
        }
    }

    /// <summary>Tokens that end a text; null (default) means the model's own, an empty set means none.</summary>
    public IReadOnlySet<int>? StopTokens { get; init; }
}
