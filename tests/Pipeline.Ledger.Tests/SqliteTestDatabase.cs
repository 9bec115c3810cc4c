using Pipeline.Ledger.Sqlite;
using Pipeline.TestKit;

namespace Pipeline.Ledger.Tests;

/// <summary>An SQLite file in a folder of its own, or one that is there already.</summary>
internal sealed class SqliteTestDatabase : ITestDatabase
{
    private readonly TemporaryFolder? folder;

    public SqliteTestDatabase()
    {
        folder = new TemporaryFolder();
        Path = folder.File("ledger.db");
    }

    public SqliteTestDatabase(string path) => Path = path;

    public string Path { get; }

    public string Address => Path;

    public Task<ILedger> OpenAsync(TimeProvider? time, RetryPolicy? retry = null) => Task.FromResult<ILedger>(
        new SqliteLedger(new SqliteLedgerOptions { Path = Path, FlushToDisk = false, Time = time ?? TimeProvider.System, Retry = retry ?? new RetryPolicy() }));

    public Task<List<string>> QueryAsync(string sql)
    {
        using var db = new SqliteConnection(Path, readOnly: true);
        return Task.FromResult(db.Query(sql, Row));
    }

    public Task ExecuteAsync(string sql)
    {
        using var db = new SqliteConnection(Path, readOnly: false);
        db.Script(sql);
        return Task.CompletedTask;
    }

    public async Task ClearAsync()
    {
        List<string> tables = await QueryAsync("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'schema_version'");
        await ExecuteAsync($"BEGIN IMMEDIATE; {string.Concat(tables.Select(t => $"DELETE FROM {t};"))} COMMIT");
    }

    public Task<ITestDatabase> CopyAsync()
    {
        var copy = new SqliteTestDatabase();
        File.Copy(Path, copy.Path);
        return Task.FromResult<ITestDatabase>(copy);
    }

    public ValueTask DisposeAsync()
    {
        folder?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Row(SqliteRow row)
    {
        var values = new string?[row.Columns];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = row.TextOrNull(i);
        }

        return string.Join('|', values);
    }
}
