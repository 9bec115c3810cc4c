namespace Pipeline.Models.Generation;

/// <summary>How tokens are chosen, and when to stop. The default is greedy decoding.</summary>
public sealed record GenerationOptions
{
    /// <summary>Largest accepted <see cref="MaxNewTokens"/>.</summary>
    public const int TokenLimit = 16384;

    private readonly int _maxNewTokens = 512;
    private readonly double _temperature;
    private readonly double _topP = 1.0;
    private readonly int _topK;

    /// <summary>Most tokens to write, the end token included (default 512).</summary>
    public int MaxNewTokens
    {
        get => _maxNewTokens;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TokenLimit);
            _maxNewTokens = value;
        }
    }

    /// <summary>Divisor of the logits before sampling; 0 (default) takes the largest logit.</summary>
    public double Temperature
    {
        get => _temperature;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfEqual(double.IsFinite(value), false, nameof(Temperature));
            _temperature = value;
        }
    }

    /// <summary>Sampling considers the smallest set of likeliest tokens with at least this much probability; 1 (default) considers all.</summary>
    public double TopP
    {
        get => _topP;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1.0);
            _topP = value;
        }
    }

    /// <summary>Sampling considers this many likeliest tokens; 0 (default) considers all.</summary>
    public int TopK
    {
        get => _topK;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _topK = value;
        }
    }

    /// <summary>Seed of sampling. Every row of a batch draws from its own generator with this seed, so a batch writes what its rows alone would.</summary>
    public ulong Seed { get; init; }

    /// <summary>Seeds by row, instead of <see cref="Seed"/> for all; as many as rows.</summary>
    public IReadOnlyList<ulong>? RowSeeds { get; init; }

    /// <summary>Tokens that end a row; null (default) means the model's own, an empty set means none.</summary>
    public IReadOnlySet<int>? StopTokens { get; init; }

    /// <summary>Called with (row, token) for every new token, in order; for streaming. Runs on the generating thread.</summary>
    public Action<int, int>? OnToken { get; init; }
}
