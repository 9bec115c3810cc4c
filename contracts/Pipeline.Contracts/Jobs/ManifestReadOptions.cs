namespace Pipeline.Contracts.Jobs;

/// <summary>How a manifest is read.</summary>
public sealed record ManifestReadOptions
{
    /// <summary>Unknown keys are errors (default); otherwise they are kept in <see cref="JobLine.Extra"/>.</summary>
    public bool Strict { get; init; } = true;

    /// <summary>Longest line in bytes; default 1 MiB. Longer lines are an error, the next line is read on.</summary>
    public int MaxLineBytes { get; init; } = 1 << 20;

    /// <summary>Most emotions in one line; default 256.</summary>
    public int MaxEmotions { get; init; } = 256;

    /// <summary>Most variants of an emotion; default 64.</summary>
    public int MaxVariants { get; init; } = 64;

    /// <summary>
    /// Whether edits that are asked for twice are errors (default): what was read is remembered, about 40 bytes an edit. Whoever reads manifests of any size finds them by
    /// <see cref="JobManifestReader.Identities"/> instead.
    /// </summary>
    public bool FindDuplicates { get; init; } = true;

    /// <summary>Variants of a line that names none; default 1. Counts for the check of duplicates.</summary>
    public int DefaultVariants { get; init; } = 1;

    /// <summary>Maps an emotion's spelling to its identity for the check of duplicates; default: trimmed, lower case.</summary>
    public Func<string, string>? EmotionIdentity { get; init; }
}
