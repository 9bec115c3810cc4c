using Npgsql;
using Pipeline.Ledger.Postgres;
using Pipeline.TestServers.Postgres;

namespace Pipeline.Ledger.Tests;

/// <summary>A database on a server that the tests started.</summary>
internal sealed class PostgresTestDatabase(PostgresServer server, string name) : ITestDatabase
{
    public string Name => name;

    public string Address => server.ConnectionString(name);

    /// <summary>An empty database on the server that the whole assembly shares.</summary>
    public static async Task<PostgresTestDatabase> CreateAsync()
    {
        PostgresServer shared = await SharedPostgres.ServerAsync();
        return new PostgresTestDatabase(shared, await shared.CreateDatabaseAsync("ledger"));
    }

    public async Task<ILedger> OpenAsync(TimeProvider? time, RetryPolicy? retry = null) =>
        await PostgresLedger.OpenAsync(new PostgresLedgerOptions { Connection = Address, Clock = time, Retry = retry ?? new RetryPolicy(), MaxConnections = 4 }, default);

    public async Task<List<string>> QueryAsync(string sql)
    {
        await using NpgsqlConnection connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : Convert.ToString(reader.GetValue(i), System.Globalization.CultureInfo.InvariantCulture))));
        }

        return rows;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using NpgsqlConnection connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task ClearAsync()
    {
        List<string> tables = await QueryAsync("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_version'");
        await ExecuteAsync($"TRUNCATE {string.Join(',', tables)}");
    }

    public async Task<ITestDatabase> CopyAsync() => new PostgresTestDatabase(server, await server.CopyDatabaseAsync(name));

    public async ValueTask DisposeAsync() => await server.DropDatabaseAsync(name);

    // No pool: a copy needs the database to itself.
    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(Address + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }
}
