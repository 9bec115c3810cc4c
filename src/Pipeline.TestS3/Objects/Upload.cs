namespace Pipeline.TestS3.Objects;

/// <summary>A multipart upload that was begun.</summary>
internal sealed record Upload(string Id, string Bucket, string Key, string ContentType, IReadOnlyDictionary<string, string> Metadata, DateTimeOffset Started);
