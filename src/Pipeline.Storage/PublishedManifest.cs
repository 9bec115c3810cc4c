namespace Pipeline.Storage;

/// <summary>Result of publishing a manifest.</summary>
/// <param name="Won">Whether the given bytes were published; otherwise somebody was first.</param>
/// <param name="Content">The published bytes.</param>
public readonly record struct PublishedManifest(bool Won, byte[] Content);
