namespace Pipeline.Coordinator.Http.Views;

/// <summary>An item of a job.</summary>
public sealed record ItemView
{
    /// <summary>Number in the job.</summary>
    public required long Item { get; init; }

    /// <summary>Name of the picture in the manifest.</summary>
    public required string Picture { get; init; }

    /// <summary>Emotion.</summary>
    public required string Emotion { get; init; }

    /// <summary>Variant, from 0.</summary>
    public int Variant { get; init; }

    /// <summary>State.</summary>
    public required string State { get; init; }

    /// <summary>Tries beyond the first.</summary>
    public int Attempt { get; init; }

    /// <summary>Outcome by stage.</summary>
    public required IReadOnlyDictionary<string, string> Stages { get; init; }

    /// <summary>Why it failed; null where it did not.</summary>
    public string? Error { get; init; }

    /// <summary>Stable code of the failure.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>Cause of the failure.</summary>
    public string? Fingerprint { get; init; }
}
