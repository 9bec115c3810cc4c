namespace Pipeline.TestServers.Postgres;

/// <summary>Settings of a private PostgreSQL server.</summary>
public sealed record PostgresServerOptions
{
    /// <summary>Whether commits reach the disk; default false. Without, they survive a killed server but not a power loss, which tests cannot make.</summary>
    public bool FlushToDisk { get; init; }

    /// <summary>Most connections; default 100.</summary>
    public int MaxConnections { get; init; } = 100;

    /// <summary>How long a start may take.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(6);
}
