namespace Pipeline.TestServers.Postgres;

/// <summary>The server that the classes of a test assembly share, each with databases of its own. Classes that stop a server start one of their own.</summary>
public static class SharedPostgres
{
    private static readonly Lazy<Task<PostgresServer>> Server = new(() => PostgresServer.StartAsync());

    /// <summary>The server, started at first use; it goes with the test process.</summary>
    public static Task<PostgresServer> ServerAsync() => Server.Value;
}
