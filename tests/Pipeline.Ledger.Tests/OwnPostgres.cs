using Pipeline.TestServers.Postgres;

namespace Pipeline.Ledger.Tests;

/// <summary>A server of one class's own, which may stop and kill it.</summary>
public sealed class OwnPostgres : IAsyncLifetime
{
    /// <summary>The server; every test leaves it running.</summary>
    public PostgresServer Server { get; private set; } = null!;

    /// <inheritdoc />
    public async Task InitializeAsync() => Server = await PostgresServer.StartAsync();

    /// <inheritdoc />
    public async Task DisposeAsync() => await Server.DisposeAsync();
}
