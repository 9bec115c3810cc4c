namespace Pipeline.Storage.S3;

/// <summary>Settings of the S3 store. A class and not a record, so that no log prints the secret.</summary>
public sealed class S3StoreOptions
{
    /// <summary>Bucket; must exist.</summary>
    public required string Bucket { get; init; }

    /// <summary>What all keys begin with, for example <c>moodpipe/</c>; default empty.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Address of a store other than AWS, for example <c>https://minio.example:9000</c>; null: AWS itself.</summary>
    public Uri? ServiceUrl { get; init; }

    /// <summary>Region that requests are signed for.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Access key; null: what the SDK finds in the environment, in profiles or on the machine.</summary>
    public string? AccessKey { get; init; }

    /// <summary>Secret of <see cref="AccessKey"/>.</summary>
    public string? SecretKey { get; init; }

    /// <summary>Whether the bucket stands in the path and not in the host name; default true, which every store understands.</summary>
    public bool ForcePathStyle { get; init; } = true;

    /// <summary>Content up to this size is kept in memory and sent in one piece; larger content is spooled to a temporary file and sent in parts of this size. Default 8 MiB.</summary>
    public int PartBytes { get; init; } = 8 << 20;

    /// <summary>Parts of one blob that are sent at the same time.</summary>
    public int ParallelParts { get; init; } = 4;

    /// <summary>Folder of the spool files; they have no name there once they are open. Default: the system's.</summary>
    public string SpoolFolder { get; init; } = Path.GetTempPath();

    /// <summary>Longest wait for one request's answer to begin, and for one part to be sent; default 100 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>How long a failing request is tried again; default 3 minutes, which rides out a restart of two.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Pause before the first retry; grows to <see cref="MaxRetryDelay"/>.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest pause between two tries; default 10 s.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Age from which an object that is used again is written anew, so that the collection of garbage sees it in use; default 1 day.</summary>
    public TimeSpan RefreshAfter { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Clock of the retries and ages.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
