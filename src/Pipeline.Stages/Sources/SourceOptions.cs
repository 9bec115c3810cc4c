using Pipeline.Storage;

namespace Pipeline.Stages.Sources;

/// <summary>Where sources may come from.</summary>
public sealed class SourceOptions
{
    /// <summary>Folder that relative paths start from; null: relative paths are refused, as in a worker, whose own folder means nothing to who submitted.</summary>
    public string? BaseFolder { get; init; }

    /// <summary>Folders that files may be read from, links followed; null: every file that the process may read. Processes that take jobs from others should name them.</summary>
    public IReadOnlyList<string>? Roots { get; init; }

    /// <summary>Buckets that may be read; null: every bucket that the credentials open.</summary>
    public IReadOnlyList<string>? Buckets { get; init; }

    /// <summary>How buckets are reached; sources have credentials of their own.</summary>
    public StoreOptions Store { get; init; } = new();
}
