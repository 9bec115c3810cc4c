namespace Pipeline.Storage.Folder;

/// <summary>Settings of the folder store.</summary>
public sealed record FolderStoreOptions
{
    /// <summary>Folder of the store; created when missing.</summary>
    public required string Root { get; init; }

    /// <summary>Whether files and folders are flushed to the disk before a call returns; default true. False survives a killed process, but not a power loss.</summary>
    public bool FlushToDisk { get; init; } = true;

    /// <summary>Age from which a temporary file of another machine is taken for abandoned; default 3 days, longer than any lease.</summary>
    public TimeSpan AbandonedAfter { get; init; } = TimeSpan.FromDays(3);

    /// <summary>Age from which an object that is used again gets a new time, so that the collection of garbage sees it in use; default 1 day.</summary>
    public TimeSpan RefreshAfter { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Clock, for the age of files.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
