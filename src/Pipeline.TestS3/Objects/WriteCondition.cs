namespace Pipeline.TestS3.Objects;

/// <summary>The condition under which a write happens: <c>If-None-Match: *</c> or <c>If-Match: "etag"</c>.</summary>
internal readonly record struct WriteCondition(bool MustBeNew, string? MustMatch)
{
    public void Check(string key, ObjectInfo? present)
    {
        if (MustBeNew && present is not null)
        {
            throw S3Exception.PreconditionFailed("If-None-Match");
        }

        if (MustMatch is not null && (present ?? throw S3Exception.NoSuchKey(key)).ETag != MustMatch)
        {
            throw S3Exception.PreconditionFailed("If-Match");
        }
    }
}
