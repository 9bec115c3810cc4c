using Pipeline.Contracts.Errors;

namespace Pipeline.Ledger.Sqlite;

/// <summary>
/// The ledger in one SQLite file: write-ahead log, flushed at every commit, one writing thread with group commit, a second connection for reading. Times are this process's clock.
/// </summary>
public sealed partial class SqliteLedger : ILedger
{
    private readonly SqliteLedgerOptions options;
    private readonly WriterThread writer;
    private readonly SqliteConnection reader;
    private readonly Lock reading = new();
    private int disposed;

    /// <summary>Opens or creates the ledger.</summary>
    /// <exception cref="LedgerException">The file cannot be used, or a newer program wrote it.</exception>
    public SqliteLedger(SqliteLedgerOptions options)
    {
        this.options = options;
        string path = Path.GetFullPath(options.Path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LedgerException(ErrorCodes.EnvironmentFault, FaultClass.Environment, $"the folder of ledger {path} cannot be made: {e.Message}", e);
        }

        var db = new SqliteConnection(path, readOnly: false);
        try
        {
            db.Script($"PRAGMA journal_mode = WAL; PRAGMA synchronous = {(options.FlushToDisk ? "FULL" : "OFF")}; PRAGMA cache_size = -16000");
            LedgerSchema.Migrate(db, path);
            reader = new SqliteConnection(path, readOnly: true);
        }
        catch
        {
            db.Dispose();
            throw;
        }

        writer = new WriterThread(db);
    }

    private long Now => options.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
        {
            return ValueTask.CompletedTask;
        }

        // The writer last: the last connection folds the log into the file, and only a writing one can.
        lock (reading)
        {
            reader.Dispose();
        }

        writer.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<T> Write<T>(Func<SqliteConnection, T> change, CancellationToken cancellation) => writer.RunAsync(change, cancellation);

    private Task<T> Read<T>(Func<SqliteConnection, T> query, CancellationToken cancellation) => Task.Run(
        () =>
        {
            lock (reading)
            {
                return query(reader);
            }
        },
        cancellation);
}
