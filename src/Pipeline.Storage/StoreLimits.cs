namespace Pipeline.Storage;

/// <summary>Limits that every store keeps.</summary>
public static class StoreLimits
{
    /// <summary>Largest manifest: 1 MiB.</summary>
    public const int MaxManifestBytes = 1 << 20;

    /// <summary>Largest blob: 16 GiB.</summary>
    public const long MaxBlobBytes = 16L << 30;
}
