namespace Pipeline.Storage.Collection;

/// <summary>What a collection of garbage found and did.</summary>
public sealed record CollectionReport
{
    /// <summary>Manifests that jobs or their age keep.</summary>
    public long KeptManifests { get; init; }

    /// <summary>Blobs that kept manifests or their age keep.</summary>
    public long KeptBlobs { get; init; }

    /// <summary>Bytes of the kept blobs.</summary>
    public long KeptBytes { get; init; }

    /// <summary>Manifests that cannot be read; they and nothing else is kept for their sake.</summary>
    public long UnreadableManifests { get; init; }

    /// <summary>Manifests that nothing keeps.</summary>
    public long DoomedManifests { get; init; }

    /// <summary>Blobs, set-aside copies and leftovers that nothing keeps.</summary>
    public long DoomedObjects { get; init; }

    /// <summary>Bytes of everything doomed.</summary>
    public long DoomedBytes { get; init; }

    /// <summary>Objects that were deleted.</summary>
    public long Deleted { get; init; }

    /// <summary>Bytes of the deleted objects.</summary>
    public long DeletedBytes { get; init; }

    /// <summary>Objects that came into use again after they were doomed.</summary>
    public long Spared { get; init; }

    /// <summary>When what was doomed now can be deleted; null in a dry run.</summary>
    public DateTimeOffset? DueAt { get; init; }
}
