namespace Pipeline.TestS3;

/// <summary>Settings of the test server.</summary>
public sealed class S3ServerOptions
{
    /// <summary>Folder of the objects; a server started again on it has everything that was acknowledged.</summary>
    public required string Root { get; init; }

    /// <summary>Port on the loopback address; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>The one access key that is known.</summary>
    public string AccessKey { get; init; } = "test-access";

    /// <summary>The secret of <see cref="AccessKey"/>.</summary>
    public string SecretKey { get; init; } = "test-secret";

    /// <summary>Whether files are flushed to the disk before an answer; default true. False survives a killed process, but not a power loss.</summary>
    public bool FlushToDisk { get; init; } = true;

    /// <summary>Smallest part of a multipart upload but the last, in bytes; S3 has 5 MiB.</summary>
    public long MinPartBytes { get; init; } = 5 << 20;

    /// <summary>Clock, for signatures and times of objects.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
