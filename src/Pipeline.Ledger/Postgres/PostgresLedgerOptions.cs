namespace Pipeline.Ledger.Postgres;

/// <summary>Settings of the PostgreSQL ledger.</summary>
public sealed record PostgresLedgerOptions
{
    /// <summary>
    /// Where the database is: <c>postgres://user@host:port/database?ssl mode=require</c> or <c>Host=…;Port=…;Database=…;Username=…</c> (keys as Npgsql knows them). It may hold the password,
    /// but <see cref="Password"/> or <see cref="PasswordFile"/> is better.
    /// </summary>
    public required string Connection { get; init; }

    /// <summary>Password; null: from <see cref="PasswordFile"/>, else from <see cref="Connection"/>.</summary>
    public string? Password { get; init; }

    /// <summary>File that holds the password, read at every new connection, so that it may be changed while the program runs; a line break at its end is left out.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Most connections of this process; default 8.</summary>
    public int MaxConnections { get; init; } = 8;

    /// <summary>How long one statement may run; default 5 minutes.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a connection attempt may take; default 15 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a change is tried again while the server is away or refuses for a reason that passes; default 2 minutes. Then the call fails.</summary>
    public TimeSpan RideOut { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>When items are tried again.</summary>
    public RetryPolicy Retry { get; init; } = new();

    /// <summary>Clock; null (the default) for the server's, on which all processes agree.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>Nothing that may hold a password.</summary>
    public override string ToString() => $"{nameof(PostgresLedgerOptions)} {{ MaxConnections = {MaxConnections}, RideOut = {RideOut} }}";
}
