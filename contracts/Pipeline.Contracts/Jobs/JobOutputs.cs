namespace Pipeline.Contracts.Jobs;

/// <summary>Where and how a line's results are written.</summary>
public sealed record JobOutputs
{
    /// <summary>Folder or bucket prefix; default: the run's.</summary>
    public string? Prefix { get; init; }

    /// <summary><c>png</c> (default), <c>webp</c> or <c>jpeg</c>.</summary>
    public string? Format { get; init; }

    /// <summary>By-products to keep: <c>mask</c>, <c>latents</c>, <c>prompts</c>.</summary>
    public IReadOnlyList<string>? Keep { get; init; }
}
