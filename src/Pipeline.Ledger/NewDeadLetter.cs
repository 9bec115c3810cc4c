namespace Pipeline.Ledger;

/// <summary>A message that no consumer could take.</summary>
public sealed record NewDeadLetter
{
    /// <summary>Most bytes of a message that are kept.</summary>
    public const int MaxBody = 64 * 1024;

    /// <summary>Most characters of each text that are kept.</summary>
    public const int MaxText = 2000;

    /// <summary>Queue that it was in.</summary>
    public required string Queue { get; init; }

    /// <summary>Why it is here, for example <c>delivery_limit</c> or an exception's text.</summary>
    public required string Reason { get; init; }

    /// <summary>Job, where it is known; the ledger need not know it.</summary>
    public string? JobId { get; init; }

    /// <summary>Stage, where it is known.</summary>
    public string? Stage { get; init; }

    /// <summary>Items that it was about, where they are known; the first 1000 are kept.</summary>
    public IReadOnlyList<long> Items { get; init; } = [];

    /// <summary>Its bytes; more than <see cref="MaxBody"/> are cut off.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Its headers as JSON.</summary>
    public string? HeadersJson { get; init; }
}
