using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Stages.Dispatching;
using Pipeline.Storage;

namespace Pipeline.Coordinator.Jobs;

/// <summary>What a job was asked to do, as the ledger keeps it: enough to go on with it in any process.</summary>
public sealed record JobSpec
{
    /// <summary>Version of this layout.</summary>
    public int V { get; init; } = 1;

    /// <summary>The manifest in the artefact store; null for a job of listed pictures.</summary>
    public BlobRef? Manifest { get; init; }

    /// <summary>Digest of the manifest's good lines in canonical form; empty for a job of listed pictures.</summary>
    public string Lines { get; init; } = "";

    /// <summary>What is listed instead of a manifest; null for a job with one.</summary>
    public string? Source { get; init; }

    /// <summary>Wanted of every listed picture.</summary>
    public IReadOnlyList<EmotionRequest>? Emotions { get; init; }

    /// <summary>What holds for lines that do not say otherwise.</summary>
    public required JobDefaults Defaults { get; init; }

    /// <summary>Stages.</summary>
    public required IReadOnlyList<string> Stages { get; init; }

    /// <summary>Folder or address that relative sources start from.</summary>
    public string? SourceBase { get; init; }

    /// <summary>Whether lines with errors were left out.</summary>
    public bool SkipBadLines { get; init; }

    /// <summary>Only the first so many good lines.</summary>
    public int? Limit { get; init; }

    /// <summary>Longest line, bytes, when the manifest was checked.</summary>
    public int MaxLineBytes { get; init; } = 1 << 20;

    /// <summary>The manifest to read, for a job with one.</summary>
    public JobManifest ManifestIn(IArtefactStore store) => new()
    {
        OpenAsync = cancellation => store.OpenBlobAsync(Manifest ?? throw new InvalidOperationException("this job has no manifest"), cancellation),
        Defaults = Defaults,
        Reading = JobManifest.ReadingOf(Defaults.Variants) with { MaxLineBytes = MaxLineBytes },
        SkipBadLines = SkipBadLines,
        Limit = Limit,
    };
}
