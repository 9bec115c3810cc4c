namespace Pipeline.Ledger.Sqlite;

/// <summary>Settings of the SQLite ledger.</summary>
public sealed record SqliteLedgerOptions
{
    /// <summary>Database file; created when missing, with its folder.</summary>
    public required string Path { get; init; }

    /// <summary>Whether a commit is flushed to the disk; default true. False survives a killed process, but not a power loss.</summary>
    public bool FlushToDisk { get; init; } = true;

    /// <summary>When items are tried again.</summary>
    public RetryPolicy Retry { get; init; } = new();

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
