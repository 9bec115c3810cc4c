using Pipeline.Models.Generation;

namespace Pipeline.Models.Blip2;

/// <summary>How a caption is written. The default is greedy with at most 20 tokens, the captioner's published limit.</summary>
public sealed record CaptionOptions
{
    private readonly int _maxNewTokens = 20;
    private readonly int _beams = 1;

    /// <summary>Most tokens to write (default 20).</summary>
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

    /// <summary>Beams of the search (default 1: greedy).</summary>
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

    /// <summary>Exponent of the length in beam scores (default 1).</summary>
    public double LengthPenalty { get; init; } = 1.0;

    /// <summary>Tokens that end a caption; null (default) means the model's own, an empty set means none.</summary>
    public IReadOnlySet<int>? StopTokens { get; init; }
}
