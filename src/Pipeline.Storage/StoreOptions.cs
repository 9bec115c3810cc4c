using Pipeline.Storage.S3;

namespace Pipeline.Storage;

/// <summary>What opening a store takes besides its address. A class and not a record, because it holds a secret.</summary>
public sealed class StoreOptions
{
    /// <summary>How buckets are reached; folders do not need it.</summary>
    public S3Access S3 { get; init; } = new();

    /// <summary>Whether files are flushed to the disk before a call returns; default true. Folders only.</summary>
    public bool FlushToDisk { get; init; } = true;

    /// <summary>How long a failing request of a bucket is tried again; default 3 minutes.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Pause before the first retry.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest wait for one request's answer to begin.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Folder of spool files. Default: the system's.</summary>
    public string SpoolFolder { get; init; } = Path.GetTempPath();

    /// <summary>
    /// Age from which an object that is used again is written anew, so that its time says that it is in use; default 1 day. Must be well below the grace of the collection of garbage
    /// (3 days by default), which is how a run never loses what it found in the store.
    /// </summary>
    public TimeSpan RefreshAfter { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal S3StoreOptions Bucket(StoreAddress address) => new()
    {
        Bucket = address.Bucket!,
        Prefix = address.Prefix,
        ServiceUrl = S3.ServiceUrl,
        Region = S3.Region,
        AccessKey = S3.AccessKey,
        SecretKey = S3.SecretKey,
        ForcePathStyle = S3.ForcePathStyle,
        SpoolFolder = SpoolFolder,
        RetryFor = RetryFor,
        FirstRetryDelay = FirstRetryDelay,
        RequestTimeout = RequestTimeout,
        RefreshAfter = RefreshAfter,
        Time = Time,
    };
}
