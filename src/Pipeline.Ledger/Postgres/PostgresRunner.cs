using System.Diagnostics;
using Npgsql;

namespace Pipeline.Ledger.Postgres;

/// <summary>
/// Runs transactions, again from the start when the server went away or refused for a reason that passes, within a limit. A commit whose answer was lost may have happened: everything that
/// runs here must be harmless when it runs twice, as all of the ledger's changes are.
/// </summary>
internal sealed class PostgresRunner(NpgsqlDataSource source, PostgresLedgerOptions options, string where) : IAsyncDisposable
{
    private const string Clock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(3);

    /// <summary>Host and database, without secrets.</summary>
    public string Where => where;

    /// <summary>Runs a transaction and completes when it is durable.</summary>
    /// <exception cref="LedgerException">The database refused, or was away for too long.</exception>
    public async Task<T> RunAsync<T>(Func<PostgresTransaction, Task<T>> work, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        for (TimeSpan wait = FirstWait; ; wait = wait * 2 < LastWait ? wait * 2 : LastWait)
        {
            try
            {
                return await OnceAsync(work, cancellation).ConfigureAwait(false);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException && !cancellation.IsCancellationRequested)
            {
                if (!PostgresFault.IsPassing(e))
                {
                    throw PostgresFault.Report(e, where, null);
                }

                if (Stopwatch.GetElapsedTime(start) is var tried && tried + wait > options.RideOut)
                {
                    throw PostgresFault.Report(e, where, tried);
                }
            }

            await Task.Delay(wait, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Closes all connections.</summary>
    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task<T> OnceAsync<T>(Func<PostgresTransaction, Task<T>> work, CancellationToken cancellation)
    {
        NpgsqlConnection connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                long now = options.Clock is { } clock ? clock.GetUtcNow().ToUnixTimeMilliseconds() : await ServerTimeAsync(connection, cancellation).ConfigureAwait(false);
                T result = await work(new PostgresTransaction(connection, transaction, now, cancellation)).ConfigureAwait(false);
                // From here on the outcome counts, whoever has stopped waiting.
                await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
                return result;
            }
        }
    }

    private static async Task<long> ServerTimeAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var command = new NpgsqlCommand(Clock, connection);
        await using (command.ConfigureAwait(false))
        {
            return (long)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
        }
    }
}
