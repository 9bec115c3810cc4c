using Npgsql;
using Pipeline.Contracts.Errors;

namespace Pipeline.Ledger.Postgres;

/// <summary>
/// The ledger in a PostgreSQL database of its own, for several processes at a time. Every change of a job locks the job's row first, so changes of one job come one after the other and
/// those of different jobs do not wait for each other. Times are the server's clock. A server that goes away is waited for (<see cref="PostgresLedgerOptions.RideOut"/>).
/// </summary>
public sealed partial class PostgresLedger : ILedger
{
    private readonly PostgresRunner runner;
    private readonly PostgresLedgerOptions options;

    private PostgresLedger(PostgresRunner runner, PostgresLedgerOptions options) => (this.runner, this.options) = (runner, options);

    /// <summary>Opens the ledger, and makes or changes its tables where a newer program needs it.</summary>
    /// <exception cref="LedgerException">The database cannot be used, or a newer program wrote it.</exception>
    public static async Task<PostgresLedger> OpenAsync(PostgresLedgerOptions options, CancellationToken cancellation)
    {
        PostgresRunner runner = Connect(options);
        try
        {
            await PostgresSchema.MigrateAsync(runner, cancellation).ConfigureAwait(false);
            return new PostgresLedger(runner, options);
        }
        catch
        {
            await runner.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => runner.DisposeAsync();

    /// <summary>Connections without looking at the tables.</summary>
    internal static PostgresRunner Connect(PostgresLedgerOptions options)
    {
        NpgsqlConnectionStringBuilder settings = PostgresConnectionText.Read(options);
        string where = $"{settings.Host}:{settings.Port}/{settings.Database}";
        string? file = options.Password is null ? options.PasswordFile : null;
        if (file is not null)
        {
            _ = ReadPassword(file); // a missing file is an error of the start, not of the first connection
            settings.Password = null;
        }

        var source = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        if (file is not null)
        {
            source.UsePasswordProvider(_ => ReadPassword(file), (_, _) => ValueTask.FromResult(ReadPassword(file)));
        }

        return new PostgresRunner(source.Build(), options, where);
    }

    private static string ReadPassword(string file)
    {
        try
        {
            return File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LedgerException(ErrorCodes.EnvironmentFault, FaultClass.Environment, $"the password file {file} of the PostgreSQL ledger cannot be read: {e.Message}", e);
        }
    }

    private Task<T> RunAsync<T>(Func<PostgresTransaction, Task<T>> work, CancellationToken cancellation) => runner.RunAsync(work, cancellation);

    private Task<bool> ChangeAsync(string jobId, Func<PostgresTransaction, Accounting.JobRow, Task> change, CancellationToken cancellation) => runner.RunAsync(
        async tx =>
        {
            await change(tx, await JobTable.LockAsync(tx, jobId).ConfigureAwait(false)).ConfigureAwait(false);
            return true;
        },
        cancellation);
}
