namespace Pipeline.TestS3.Objects;

/// <summary>What is known about a stored object besides its content.</summary>
/// <param name="Key">Key in the bucket.</param>
/// <param name="Size">Length of the content in bytes.</param>
/// <param name="ETag">MD5 of the content, or of the parts' MD5s and their number; without quotes.</param>
/// <param name="Modified">When it was written.</param>
/// <param name="ContentType">Media type.</param>
/// <param name="Metadata">User metadata, names without <c>x-amz-meta-</c>.</param>
public sealed record ObjectInfo(string Key, long Size, string ETag, DateTimeOffset Modified, string ContentType, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Number of this write among all of the server's run; 0 for what was there at its start.</summary>
    internal long Sequence { get; init; }
}
