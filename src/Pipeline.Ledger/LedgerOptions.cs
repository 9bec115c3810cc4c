namespace Pipeline.Ledger;

/// <summary>What holds for a ledger of either kind.</summary>
public sealed record LedgerOptions
{
    /// <summary>Password of a PostgreSQL database; null: from <see cref="PasswordFile"/>, else from the address.</summary>
    public string? Password { get; init; }

    /// <summary>File that holds the password of a PostgreSQL database.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Whether an SQLite commit is flushed to the disk; default true. PostgreSQL always does unless its server is told otherwise.</summary>
    public bool FlushToDisk { get; init; } = true;

    /// <summary>Most connections of this process to PostgreSQL; default 8.</summary>
    public int MaxConnections { get; init; } = 8;

    /// <summary>How long a PostgreSQL server that is away is waited for; default 2 minutes.</summary>
    public TimeSpan RideOut { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>When items are tried again.</summary>
    public RetryPolicy Retry { get; init; } = new();

    /// <summary>Nothing that may hold a password.</summary>
    public override string ToString() => $"{nameof(LedgerOptions)} {{ MaxConnections = {MaxConnections}, RideOut = {RideOut} }}";
}
