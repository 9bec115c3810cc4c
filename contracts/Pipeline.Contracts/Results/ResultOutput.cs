namespace Pipeline.Contracts.Results;

/// <summary>Files of an edit, relative to the data set's folder.</summary>
public sealed record ResultOutput
{
    /// <summary>The edited picture.</summary>
    public required string Image { get; init; }

    /// <summary>Digest of the edited picture's file.</summary>
    public string? ImageSha256 { get; init; }

    /// <summary>The stimulus map, where kept.</summary>
    public string? Mask { get; init; }

    /// <summary>The prompts, where kept.</summary>
    public string? Prompts { get; init; }
}
