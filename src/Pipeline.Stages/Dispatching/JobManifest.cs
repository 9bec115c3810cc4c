using Pipeline.Contracts.Jobs;
using Pipeline.Methods.Emotions;

namespace Pipeline.Stages.Dispatching;

/// <summary>A job manifest and how it is read.</summary>
public sealed record JobManifest
{
    /// <summary>Opens the manifest (JSON lines). Called more than once; every call gives the same content.</summary>
    public required Func<CancellationToken, Task<Stream>> OpenAsync { get; init; }

    /// <summary>What holds for lines that do not say otherwise.</summary>
    public JobDefaults Defaults { get; init; } = new();

    /// <summary>How lines are read.</summary>
    public ManifestReadOptions Reading { get; init; } = new();

    /// <summary>Whether lines with errors are left out; default false: the manifest is refused with all errors.</summary>
    public bool SkipBadLines { get; init; }

    /// <summary>Only the first so many good lines; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Reading in which different spellings of one emotion are the same edit.</summary>
    /// <param name="variants">Variants of a line that names none.</param>
    public static ManifestReadOptions ReadingOf(int variants) => new()
    {
        DefaultVariants = variants,
        EmotionIdentity = name => EmotionTaxonomy.TryResolve(name, out EmotionMatch? match) ? match.Emotion.Noun : name.Trim().ToLowerInvariant(),
    };
}
