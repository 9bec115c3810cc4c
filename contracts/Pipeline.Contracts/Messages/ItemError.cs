using Pipeline.Contracts.Errors;

namespace Pipeline.Contracts.Messages;

/// <summary>Why an item failed at a stage.</summary>
public sealed record ItemError
{
    /// <summary>Longest message that is kept, in characters.</summary>
    public const int MaxMessage = 2000;

    /// <summary>Stable code, see <see cref="ErrorCodes"/>.</summary>
    public required string Code { get; init; }

    /// <summary>What the failure means.</summary>
    public FaultClass Class { get; init; }

    /// <summary>Type of the exception.</summary>
    public string? Type { get; init; }

    /// <summary>What, where, what to do; at most <see cref="MaxMessage"/> characters.</summary>
    public required string Message { get; init; }

    /// <summary>Digest of code, type and the message without its variable parts: equal for failures of one cause.</summary>
    public required string Fingerprint { get; init; }
}
